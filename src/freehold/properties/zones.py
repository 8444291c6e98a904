"""Which time zone a point on the globe is in."""

import tzfpy


def zone_at(latitude: float, longitude: float) -> str:
    """The IANA time zone of a point on land; empty at sea and off the globe."""
    if abs(latitude) > 90 or abs(longitude) > 180:
        return ""
    zone = tzfpy.get_tz(longitude, latitude)
    return "" if zone.startswith("Etc/") else zone
