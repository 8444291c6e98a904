"""The stays API: places booked by the night, with tokens in cookies."""
