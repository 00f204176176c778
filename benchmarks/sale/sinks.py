"""An SMTP server and an SMS gateway that accept everything and keep nothing.

Run as a process of its own, ``python -m benchmarks.sale.sinks SMTP_PORT SMS_PORT``, so that neither
the product nor the load generator pays for them.
"""

from __future__ import annotations

import asyncio
import sys

HOST = "127.0.0.1"
MESSAGE_BYTES_MAX = 16 * 1024**2
ACCEPTED = b'{"id": "accepted"}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
    len(ACCEPTED),
    ACCEPTED,
)


async def receive_mail(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Enough of RFC 5321 for smtplib."""
    writer.write(b"220 sink\r\n")
    while line := await reader.readline():
        command = line[:4].upper()
        if command == b"DATA":
            writer.write(b"354 go on\r\n")
            await reader.readuntil(b"\r\n.\r\n")
            writer.write(b"250 accepted\r\n")
        elif command == b"QUIT":
            writer.write(b"221 bye\r\n")
            break
        else:
            writer.write(b"250 sink\r\n")
        await writer.drain()
    writer.close()


async def receive_sms(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            lengths = [
                line.partition(b":")[2]
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length:")
            ]
            await reader.readexactly(int(lengths[0]) if lengths else 0)
            writer.write(ANSWER)
            await writer.drain()
    except asyncio.IncompleteReadError:
        writer.close()


async def serve(smtp_port: int, sms_port: int) -> None:
    await asyncio.start_server(receive_mail, HOST, smtp_port, limit=MESSAGE_BYTES_MAX)
    async with await asyncio.start_server(receive_sms, HOST, sms_port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(*map(int, sys.argv[1:3])))
