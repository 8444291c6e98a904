"""The resort API: rooms of a resort booked together, paid by Razorpay."""
