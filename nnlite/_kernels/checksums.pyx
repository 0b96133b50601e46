"""The checksum of event files, eight bytes at a time. `reference/checksums.py` holds the twin."""

from libc.stdint cimport uint8_t, uint32_t

from .reference.checksums import TABLE

# tables[k][b]: the remainder of byte b after k more bytes of zeros. Eight look-ups, which do not
# wait for each other, then do the work of eight steps of the twin.
cdef uint32_t tables[8][256]

cdef void fill_tables() except *:
    cdef int k, b
    for b in range(256):
        tables[0][b] = TABLE[b]
    for k in range(1, 8):
        for b in range(256):
            tables[k][b] = tables[0][tables[k - 1][b] & 0xFF] ^ tables[k - 1][b] >> 8


fill_tables()


def crc32c(bytes data not None):
    """Return the CRC-32C of bytes (RFC 3720, appendix B.4): that of b"123456789" is 0xE3069283."""
    return remainder(data, len(data))


cdef uint32_t remainder(const uint8_t* byte, Py_ssize_t size) noexcept nogil:
    cdef uint32_t crc = 0xFFFFFFFF
    cdef const uint8_t* end = byte + size
    while end - byte >= 8:
        crc = (
            tables[7][byte[0] ^ (crc & 0xFF)]
            ^ tables[6][byte[1] ^ (crc >> 8 & 0xFF)]
            ^ tables[5][byte[2] ^ (crc >> 16 & 0xFF)]
            ^ tables[4][byte[3] ^ (crc >> 24)]
            ^ tables[3][byte[4]]
            ^ tables[2][byte[5]]
            ^ tables[1][byte[6]]
            ^ tables[0][byte[7]]
        )
        byte += 8
    while byte < end:
        crc = tables[0][(crc ^ byte[0]) & 0xFF] ^ crc >> 8
        byte += 1
    return ~crc
