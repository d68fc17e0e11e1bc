"""A small MCP server on standard streams, or over HTTP with the argument of a port."""

from __future__ import annotations

import asyncio
import logging
import os
import sys

from mcp.server.mcpserver import Image, MCPServer

server = MCPServer("kit", log_level="CRITICAL")


@server.tool()
def add(a: int, b: int = 1) -> int:
    """Add two numbers."""
    return a + b


@server.tool(name="say.again")
async def again(text: str, times: int = 2) -> list[str]:
    """Say something again."""
    return [text] * times


@server.tool()
def broken() -> str:
    """Fail."""
    raise RuntimeError("it broke in /home/ada/secret/notes.txt")


@server.tool()
async def slow(seconds: float) -> str:
    """Take time."""
    await asyncio.sleep(seconds)
    return "done"


@server.tool()
def environment(name: str) -> str:
    """Read an environment variable."""
    return os.environ.get(name, "not set")


@server.tool()
def picture() -> Image:
    """Draw."""
    return Image(data=b"\x89PNG", format="png")


@server.tool()
def leave() -> str:
    """Die."""
    os._exit(3)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    if len(sys.argv) > 1:
        server.run("streamable-http", port=int(sys.argv[1]))
    else:
        server.run()
