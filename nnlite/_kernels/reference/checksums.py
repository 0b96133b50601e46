"""The checksum of event files."""

from __future__ import annotations

#: Castagnoli's polynomial, its bits reversed.
POLYNOMIAL = 0x82F63B78


def _table() -> list[int]:
    """What the remainder of each byte is, after eight divisions bit by bit."""
    table = []
    for remainder in range(256):
        for _ in range(8):
            remainder = remainder >> 1 ^ (POLYNOMIAL if remainder & 1 else 0)
        table.append(remainder)
    return table


TABLE = _table()


def crc32c(data: bytes) -> int:
    """Return the CRC-32C of bytes (RFC 3720, appendix B.4): that of b"123456789" is 0xE3069283."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF
