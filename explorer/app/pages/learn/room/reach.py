"""Whether other machines reach this server, said as it is: where it listens, under which names, and what would change that."""

import socket
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

import streamlit as st

from explorer.runs.edits import edit_scope

# An address of documentation (RFC 5737): to connect a datagram socket to it sends nothing, and tells which way out there is.
NOWHERE = ("192.0.2.1", 9)
EVERYWHERE = ("", "0.0.0.0", "::")
HERE_ONLY = "This opens on this computer only: the server listens on {address}, where no other machine reaches it."
NO_NETWORK = "This computer has no address in a network now, so no other machine reaches it."
REFUSED = (
    "The server listens on {address}, but it refuses browsers that call it {host}: that name is not on the list of "
    "STREAMLIT_SERVER_ALLOWED_HOSTS."
)
REACHED = (
    "Machines in the same network reach it at {host}, unless a firewall of this computer or the network stands between."
)
CALLED = "You opened this page at {host} yourself, so your pupils can too if they are in the same network."
WARNING = "Whoever reaches it then sees all pictures and runs here and can start work; docs/serving.md says what else. Nothing leaves your network."


@dataclass(frozen=True)
class Reach:
    """Whether pupils' machines can reach the server.

    Attributes:
        origin: how their addresses begin, such as ``http://192.168.0.7:8501``; empty where they cannot reach it.
        sentence: what a teacher reads of it.
        command: that lets them; empty where nothing needs to be done.
        warning: what the command opens up.
    """

    origin: str
    sentence: str
    command: str = ""
    warning: str = ""


def measured_reach() -> Reach:
    """Return the reach of this server, from its own settings and the way in which this page was opened."""
    address, port = st.get_option("server.address") or "", int(st.get_option("server.port"))
    hosts = [str(host) for host in st.get_option("server.allowedHosts") or ["*"]]
    return reach(address, port, hosts, lan_addresses(), st.context.url or "", bool(st.get_option("server.sslCertFile")))


def reach(
    address: str, port: int, allowed: list[str], lan: list[str], opened: str = "", encrypted: bool = False
) -> Reach:
    """Return how far a server is reached.

    Args:
        address: that it listens on; empty for all.
        port: likewise.
        allowed: names and addresses under which browsers may call it; ``*`` for all.
        lan: this computer's addresses in its networks.
        opened: the address at which the teacher opened the page.
        encrypted: whether it speaks https.
    """
    called = urlsplit(opened)
    if called.hostname and not edit_scope.is_loopback(called.hostname):
        return Reach(f"{called.scheme}://{called.netloc}", CALLED.format(host=called.netloc))
    if not lan:
        return Reach("", NO_NETWORK)
    if edit_scope.is_loopback(address):
        return Reach("", HERE_ONLY.format(address=address), command_for(lan[0], port), WARNING)
    host = lan[0] if address in EVERYWHERE else address
    if "*" not in allowed and host not in allowed:
        return Reach(
            "", REFUSED.format(address=address or "all addresses", host=host), command_for(host, port), WARNING
        )
    return Reach(f"{'https' if encrypted else 'http'}://{_bracketed(host)}:{port}", REACHED.format(host=host))


def command_for(host: str, port: int) -> str:
    """Return the command that starts the explorer so that other machines reach it as ``host``."""
    return f"STREAMLIT_SERVER_ADDRESS=0.0.0.0 STREAMLIT_SERVER_ALLOWED_HOSTS='{host} localhost 127.0.0.1' python -m explorer app --port {port}"


def lan_addresses() -> list[str]:
    """Return this computer's own IPv4 addresses in networks, the one that it goes out by first; nothing is sent."""
    found = []
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way_out:
        way_out.connect(NOWHERE)
        found.append(str(way_out.getsockname()[0]))
    with suppress(OSError):
        found += [str(entry[4][0]) for entry in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    return [each for each in dict.fromkeys(found) if not ip_address(each).is_loopback]


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
