"""Between our minor units and those of a vendor, where the two count a currency's decimals differently."""


def shift(number: int, digits: int) -> int:
    """`number` with so many more decimals, or fewer. Raises ValueError when some of it would be lost."""
    factor = int("1" + "0" * abs(digits))
    if digits >= 0:
        return number * factor
    quotient, rest = divmod(number, factor)
    if rest:
        raise ValueError("the amount has more decimals than the other side")
    return quotient
