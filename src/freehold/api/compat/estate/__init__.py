"""The estate API: places booked by the slot or altogether, paid by Stripe and bKash."""
