"""One HTTP request: sent within the limits, answered, or failed for a stated reason."""

import asyncio
from datetime import UTC, datetime, timedelta
import logging
from pathlib import Path
import socket
import ssl
from typing import override

import aiohttp
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from freezegun.api import StepTickTimeFactory
import pytest

from custom_components.ringcentral.api.exceptions import (
    ConnectionFailedError,
    RateLimitedError,
    Reason,
)
from custom_components.ringcentral.api.rate_limits import RateGroup
from custom_components.ringcentral.api.transport import (
    Answer,
    Transport,
    connection_reason,
)

from .client import new_transport, serve, serve_answer


async def get(transport: Transport, path: str = "/restapi/x") -> Answer:
    """Send the simplest request."""
    return await transport.request("GET", path, RateGroup.LIGHT)


async def reason(session: aiohttp.ClientSession, server: str) -> Reason:
    """Return why a request to a server fails."""
    with pytest.raises(ConnectionFailedError) as failed:
        await get(new_transport(session, server))
    assert server not in str(failed.value)
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__
    return failed.value.reason


# What is sent


async def test_request_carries_what_the_caller_gives(
    session: aiohttp.ClientSession,
) -> None:
    """Parameters, headers and JSON."""
    seen: list[web.Request] = []
    bodies: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        seen.append(request)
        bodies.append(await request.text())
        return web.json_response({"ok": True})

    async with serve(answer) as server:
        got = await new_transport(session, f"{server}/").request(
            "PUT",
            "/restapi/x",
            RateGroup.LIGHT,
            headers={"Accept": "application/x"},
            params={"page": "2"},
            json={"a": 1},
        )

    assert (got.status, got.body) == (200, {"ok": True})
    (request,) = seen
    assert (request.method, request.path_qs) == ("PUT", "/restapi/x?page=2")
    assert request.headers["Accept"] == "application/x"
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["User-Agent"] == "HomeAssistant-RingCentral"
    assert bodies == ['{"a":1}']


async def test_form_is_sent_as_a_form(session: aiohttp.ClientSession) -> None:
    """As the token endpoint wants it."""
    forms: list[dict[str, object]] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        forms.append(dict(await request.post()))
        return web.json_response({})

    async with serve(answer) as server:
        await new_transport(session, server).request(
            "POST", "/restapi/x", RateGroup.AUTH, form={"grant": "ä&="}
        )

    assert forms == [{"grant": "ä&="}]


# What comes back


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
async def test_refusal_is_an_answer_with_its_body(
    session: aiohttp.ClientSession, status: int
) -> None:
    """The caller decides what it means."""
    async with serve_answer({"errorCode": "CMN-1"}, status=status) as server:
        answer = await get(new_transport(session, server))

    assert (answer.status, answer.body) == (status, {"errorCode": "CMN-1"})


async def test_refusal_that_is_no_json_has_no_body(
    session: aiohttp.ClientSession,
) -> None:
    """The page of a proxy."""
    async with serve_answer(text="<h1>Bad Gateway</h1>", status=502) as server:
        answer = await get(new_transport(session, server))

    assert (answer.status, answer.body) == (502, None)


@pytest.mark.parametrize("status", [200, 204])
async def test_success_may_be_empty(
    session: aiohttp.ClientSession, status: int
) -> None:
    """As after a revocation or a deletion."""
    async with serve_answer(text="", status=status) as server:
        answer = await get(new_transport(session, server))

    assert (answer.status, answer.body) == (status, None)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (200, "<!doctype html><title>Welcome</title>"),
        (200, '{"records": ['),
        (200, "null"),
        (207, ""),
        (301, ""),
        (302, "<h1>Found</h1>"),
        (302, '{"message": "Please accept our terms of use"}'),
    ],
)
async def test_answer_for_another_extension_is_unexpected(
    session: aiohttp.ClientSession, status: int, text: str
) -> None:
    """A captive portal answers, or sends us elsewhere."""
    requests = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal requests
        requests += 1
        return web.Response(status=status, text=text, headers={"Location": "/login"})

    async with serve(answer) as server:
        assert await reason(session, server) is Reason.UNEXPECTED_ANSWER

    assert requests == 1


async def test_answer_cut_off_in_the_middle_is_unexpected(
    session: aiohttp.ClientSession,
) -> None:
    """Half of it is worth nothing."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b'{"a":')
        assert request.transport is not None
        request.transport.close()
        return response

    async with serve(answer) as server:
        assert await reason(session, server) is Reason.UNEXPECTED_ANSWER


async def test_answer_that_is_no_http_is_unexpected(
    session: aiohttp.ClientSession,
) -> None:
    """Another service listens at this port."""

    async def answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert (
            await reason(session, f"http://127.0.0.1:{port}")
            is Reason.UNEXPECTED_ANSWER
        )


# Why nothing comes back


class NoNames(AbstractResolver):
    """A resolver of a network without name service."""

    @override
    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,
    ) -> list[ResolveResult]:
        raise OSError(None, "DNS server returned answer with no data")

    @override
    async def close(self) -> None:
        """Nothing to close."""


async def test_unknown_name_cannot_be_resolved(socket_enabled: None) -> None:
    """Offline, or a typing error."""
    connector = aiohttp.TCPConnector(resolver=NoNames())
    async with aiohttp.ClientSession(connector=connector) as session:
        found = await reason(session, "https://platform.invalid")

    assert found is Reason.CANNOT_RESOLVE


async def test_closed_port_cannot_be_connected_to(
    session: aiohttp.ClientSession,
) -> None:
    """The port is closed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    assert await reason(session, f"http://127.0.0.1:{port}") is Reason.CANNOT_CONNECT


@pytest.mark.parametrize(
    "server", ["http://127.0.0.1:99999", "platform", "https://", "http://[::1"]
)
async def test_address_that_is_none_cannot_be_connected_to(
    session: aiohttp.ClientSession, server: str
) -> None:
    """The user may enter anything."""
    assert await reason(session, server) is Reason.CANNOT_CONNECT


async def test_connection_closed_without_an_answer_is_no_connection(
    session: aiohttp.ClientSession,
) -> None:
    """Reset or closed alike."""

    async def answer(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async with serve(answer) as server:
        assert await reason(session, server) is Reason.CANNOT_CONNECT


async def test_server_without_tls_fails_at_tls(session: aiohttp.ClientSession) -> None:
    """Plain HTTP behind an https address."""
    async with serve_answer({}) as server:
        found = await reason(session, server.replace("http:", "https:"))

    assert found is Reason.TLS_FAILED


def self_signed(directory: Path) -> ssl.SSLContext:
    """Return the TLS context of a server with a self-signed certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "portal")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = directory / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


async def test_untrusted_certificate_fails_at_tls(
    session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """A proxy in between."""

    async def answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        raise AssertionError("No client should get here")

    server = await asyncio.start_server(
        answer, "127.0.0.1", 0, ssl=self_signed(tmp_path)
    )
    async with server:
        port = server.sockets[0].getsockname()[1]
        found = await reason(session, f"https://127.0.0.1:{port}")

    assert found is Reason.TLS_FAILED


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_server_that_never_answers_times_out(
    session: aiohttp.ClientSession, freezer: StepTickTimeFactory
) -> None:
    """After ten seconds; what was requested may be done all the same."""
    arrived, released = asyncio.Event(), asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        arrived.set()
        await released.wait()
        return web.json_response({})

    async with serve(answer) as server:
        waiting = asyncio.create_task(get(new_transport(session, server)))
        await arrived.wait()
        freezer.tick(8)
        for _ in range(10):
            await asyncio.sleep(0)
        assert not waiting.done()
        freezer.tick(3)
        with pytest.raises(ConnectionFailedError) as failed:
            await waiting
        released.set()

    assert failed.value.reason is Reason.TIMED_OUT
    assert failed.value.may_be_done


def test_any_other_failure_of_the_network_is_no_connection() -> None:
    """Whatever comes to aiohttp's mind."""
    assert connection_reason(OSError()) is Reason.CANNOT_CONNECT
    assert connection_reason(ValueError()) is Reason.CANNOT_CONNECT


# What may be done after all


async def may_be_done(
    session: aiohttp.ClientSession, server: str, method: str = "POST"
) -> bool:
    """Return whether a request that fails may have been carried out."""
    with pytest.raises(ConnectionFailedError) as failed:
        await new_transport(session, server).request(method, "/x", RateGroup.LIGHT)
    return failed.value.may_be_done


async def test_request_that_no_server_receives_is_not_done(
    session: aiohttp.ClientSession,
) -> None:
    """No connection, TLS that fails, and an address that is none."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    async with serve_answer({}) as server:
        assert not await may_be_done(session, server.replace("http:", "https:"))

    assert not await may_be_done(session, f"http://127.0.0.1:{port}")
    assert not await may_be_done(session, "platform")
    await session.close()
    assert not await may_be_done(session, server)


@pytest.mark.parametrize(
    "content", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"]
)
async def test_request_whose_answer_breaks_off_may_be_done(
    session: aiohttp.ClientSession, content: bytes
) -> None:
    """It was received."""

    async def answer(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        await request.read()
        request.transport.write(content)
        request.transport.close()
        return web.Response()

    async with serve(answer) as server:
        assert await may_be_done(session, server)


@pytest.mark.parametrize("status", [200, 302])
async def test_request_whose_answer_cannot_be_read_may_be_done(
    session: aiohttp.ClientSession, status: int
) -> None:
    """Only its answer did not come from the platform, perhaps."""
    async with serve_answer(text="<html>", status=status) as server:
        assert await may_be_done(session, server)


async def test_request_whose_answer_is_too_large_may_be_done(
    session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its status does not matter."""
    monkeypatch.setattr("custom_components.ringcentral.api.transport.MAX_BODY", 10)
    async with serve_answer({"more than": "ten bytes"}) as server:
        assert await may_be_done(session, server)


@pytest.mark.parametrize("method", ["DELETE", "PUT"])
async def test_request_that_was_repeated_may_be_done(
    session: aiohttp.ClientSession, method: str
) -> None:
    """The server received the first one, and refuses the connection of the second."""
    received = []

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.method == "GET":
            return web.json_response({})
        received.append(request.method)
        await site.stop()
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    app = web.Application()
    app.router.add_route("*", "/x", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server = f"http://127.0.0.1:{runner.addresses[0][1]}"
    await get(new_transport(session, server), "/x")

    assert await may_be_done(session, server, method)
    assert received == [method]
    await runner.cleanup()


# Limits


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_request_over_the_window_waits_until_there_is_a_free_slot(
    session: aiohttp.ClientSession, freezer: StepTickTimeFactory
) -> None:
    """Instead of running into a penalty."""
    requests = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal requests
        requests += 1
        return web.json_response({})

    async with serve(answer) as server:
        transport = new_transport(session, server)
        for _ in range(5):
            await transport.request("POST", "/x", RateGroup.AUTH)
        sixth = asyncio.create_task(transport.request("POST", "/x", RateGroup.AUTH))
        seventh = asyncio.create_task(transport.request("POST", "/x", RateGroup.AUTH))
        freezer.tick(55)
        for _ in range(100):
            await asyncio.sleep(0)
        assert requests == 5
        await transport.request("GET", "/x", RateGroup.LIGHT)
        assert requests == 6
        freezer.tick(10)
        assert (await sixth).status == (await seventh).status == 200

    assert requests == 8


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_penalty_that_begins_while_waiting_refuses(
    session: aiohttp.ClientSession, freezer: StepTickTimeFactory
) -> None:
    """A request that waits for a slot must not restart it."""
    async with serve_answer({}) as server:
        transport = new_transport(session, server)
        for _ in range(5):
            await transport.request("POST", "/x", RateGroup.AUTH)
        waiting = asyncio.create_task(transport.request("POST", "/x", RateGroup.AUTH))
        await asyncio.sleep(0)
        transport.limiter.record_penalty(RateGroup.AUTH, 100)
        freezer.tick(61)

        with pytest.raises(RateLimitedError) as refused:
            await waiting

    assert 30 < refused.value.retry_after < 40


@pytest.mark.parametrize(
    ("headers", "seconds"), [({"Retry-After": "17"}, 17), ({}, 60)]
)
@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_nothing_is_sent_during_a_penalty(
    session: aiohttp.ClientSession,
    freezer: StepTickTimeFactory,
    headers: dict[str, str],
    seconds: int,
) -> None:
    """A request would start it again."""
    requests = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal requests
        requests += 1
        return web.json_response({}, status=429, headers=headers)

    async with serve(answer) as server:
        transport = new_transport(session, server)
        assert (await get(transport)).status == 429
        for waited in (seconds - 1, 0.5):
            freezer.tick(waited)
            with pytest.raises(RateLimitedError) as refused:
                await get(transport)
            assert 0 < refused.value.retry_after <= seconds
        assert requests == 1
        freezer.tick(1)
        assert (await get(transport)).status == 429

    assert requests == 2


@pytest.mark.freeze_time("2026-03-02 08:00:00", tick=True)
async def test_request_with_a_reserved_slot_is_sent_before_those_that_wait(
    session: aiohttp.ClientSession, freezer: StepTickTimeFactory
) -> None:
    """The others wait until a request leaves the window."""
    paths: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        paths.append(request.path)
        return web.json_response({})

    async with serve(answer) as server:
        transport = new_transport(session, server)
        slots = transport.limiter.reserve(RateGroup.AUTH, 2, 0)
        others = [
            asyncio.create_task(transport.request("POST", "/other", RateGroup.AUTH))
            for _ in range(4)
        ]
        for _ in range(100):
            await asyncio.sleep(0)
        for _ in range(2):
            await transport.request("POST", "/own", RateGroup.AUTH, slots=slots)
        assert sorted(paths) == ["/other"] * 3 + ["/own"] * 2
        slots.release()
        assert transport.limiter.delay(RateGroup.AUTH) > 50
        freezer.tick(62)
        await asyncio.gather(*others)

    assert len(paths) == 6


async def test_reserved_slot_is_not_used_during_a_penalty(
    session: aiohttp.ClientSession,
) -> None:
    """A request would start the penalty again."""
    requests = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal requests
        requests += 1
        return web.json_response({}, status=429)

    async with serve(answer) as server:
        transport = new_transport(session, server)
        slots = transport.limiter.reserve(RateGroup.LIGHT, 2, 20)
        await transport.request("GET", "/x", RateGroup.LIGHT, slots=slots)
        with pytest.raises(RateLimitedError):
            await transport.request("POST", "/x", RateGroup.LIGHT, slots=slots)

    assert requests == 1


async def test_count_of_the_platform_is_learnt_from_answers(
    session: aiohttp.ClientSession,
) -> None:
    """Also from refusals."""
    headers = {"X-Rate-Limit-Limit": "7", "X-Rate-Limit-Remaining": "0"}
    async with serve_answer({}, status=404, headers=headers) as server:
        transport = new_transport(session, server)
        await get(transport)

    assert transport.limiter.delay(RateGroup.LIGHT) > 50


async def test_log_names_group_and_status_and_request(
    session: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    """And no URL, which may contain an id."""
    caplog.set_level(logging.DEBUG, "custom_components.ringcentral")

    async with serve_answer({}, headers={"RCRequestId": "95ae4a2e-1"}) as server:
        await get(new_transport(session, server), "/restapi/extension/102")

    assert [
        record.message
        for record in caplog.records
        if record.name.startswith("custom_components")
    ] == ["GET in rate group light: HTTP 200, request 95ae4a2e-1"]
