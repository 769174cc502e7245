"""A real SMTP server on loopback that keeps what it accepts, and misbehaves when told to."""

import asyncio
import threading
import time
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Literal

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from cagette.processes import free_port

Behaviour = Literal["accept", "refuse", "hang before data", "hang during data", "answer late"]


@dataclass(frozen=True)
class Received:
    """A message as the server accepted it: the envelope and, parsed, what was in it."""

    sender: str
    recipients: list[str]
    message: EmailMessage
    at: float = field(default_factory=time.monotonic)

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])

    def text(self) -> str:
        part = self.message.get_body(("plain",))
        return str(part.get_content()) if part is not None else ""

    def attachments(self, content_type: str) -> list[bytes]:
        found = [part for part in self.message.walk() if part.get_content_type() == content_type]
        return [bytes(part.get_payload(decode=True)) for part in found]


class SmtpSink:
    """Accepts by default. `behave()` changes that for what comes next; whoever hangs then is let go.

    "answer late" has taken the message, and keeps its 250 to itself until told to behave otherwise.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.received: list[Received] = []
        # Set while a client is kept hanging: the moment to kill it.
        self.hanging = threading.Event()
        # How many are kept hanging now. One that has been killed counts until its connection is seen to be closed.
        self.held = 0
        self.behaviour: Behaviour = "accept"
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self.behave("accept")
            self._controller.stop()
            self._controller = None

    def behave(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.hanging.clear()

    def to(self, address: str) -> list[Received]:
        return [received for received in list(self.received) if address in received.recipients]

    def wait_for(self, count: int, *, to: str | None = None, seconds: float = 30) -> list[Received]:
        """At least so many messages, in all or to one address; fails with what there is."""
        deadline = time.monotonic() + seconds
        while len(found := self.to(to) if to else list(self.received)) < count:
            if time.monotonic() > deadline:
                subjects = [(received.recipients, received.subject) for received in self.received]
                raise AssertionError(
                    f"Waited {seconds} s for {count} messages to {to or 'anybody'}; there are {subjects}."
                )
            time.sleep(0.02)
        return found

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.behaviour == "refuse":
            return "451 4.3.2 Try again later"
        await self._hang_while("hang before data")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await self._hang_while("hang during data")
        content = envelope.original_content or b""
        message = message_from_bytes(content, policy=policy.default)
        self.received.append(Received(str(envelope.mail_from), [str(to) for to in envelope.rcpt_tos], message))
        await self._hang_while("answer late")
        return "250 OK"

    async def _hang_while(self, behaviour: Behaviour) -> None:
        if self.behaviour != behaviour:
            return
        self.held += 1
        try:
            while self.behaviour == behaviour:
                self.hanging.set()
                await asyncio.sleep(0.02)
        finally:
            # Also when the client is gone: the server cancels its session then.
            self.held -= 1
