"""`namesync job serve`: the runs on a schedule in one long-lived process, with a page, its health, and metrics."""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

from namesync.errors import NamesyncError, UsageError, redact
from namesync.job.metrics import exposition
from namesync.job.outcome import Outcome
from namesync.job.page import page
from namesync.job.run import Project, Request, open_project, run
from namesync.job.schedule import Schedule

GRACE_S = 5.0
"""How long a run that is under way may take to notice that the process has to end."""


class Stopped(Exception):  # noqa: N818 - it says what happened
    """The process has to end; no `NamesyncError`, so that nothing takes it for an environment's failure."""


@dataclass(frozen=True, slots=True)
class Service:
    """Where to listen and when to run. `say` takes a line for the log."""

    request: Request
    schedule: Schedule
    host: str = "127.0.0.1"
    port: int = 8080
    at_start: bool = False
    say: Callable[[str], None] = print


def serve(service: Service) -> None:
    """Run until SIGTERM or SIGINT. Raises `UsageError` where APScheduler is not installed or the port is taken."""
    stop = Event()
    project = open_project(service.request.config, service.request.clock)
    exposition(project.history)  # what is missing is said now, not at the first scrape
    scheduler = _scheduler(service, stop)
    server = _listening(service, project)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    Thread(target=server.serve_forever, daemon=True).start()
    scheduler.start()
    service.say(f"listening on http://{service.host}:{server.server_port}/, runs at {service.schedule.text}")
    stop.wait()
    ending = Thread(target=scheduler.shutdown, daemon=True)  # it waits for the run
    ending.start()
    ending.join(GRACE_S)
    server.shutdown()
    server.server_close()
    if ending.is_alive():  # a query that takes long: what it has seen is not recorded, and the next run may start
        project.history.stop_own()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
    service.say("stopped")


def _scheduler(service: Service, stop: Event) -> Any:
    try:
        from apscheduler.schedulers.background import BackgroundScheduler
        from apscheduler.triggers.combining import OrTrigger
        from apscheduler.triggers.cron import CronTrigger
    except ImportError:
        raise UsageError("`job serve` needs APScheduler, which is not installed", "pip install 'namesync[job]'") from None

    when = service.schedule
    fields = {"minute": when.minute, "hour": when.hour, "month": when.month}
    # Cron runs when either day or weekday fits; APScheduler numbers weekdays in its own way, hence the names.
    days = [{"day": when.day}] if when.day != "*" or not when.weekdays else []
    days += [{"day_of_week": ",".join(when.weekdays)}] if when.weekdays else []
    scheduler = BackgroundScheduler(job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None})
    scheduler.add_job(_once, OrTrigger([CronTrigger(**fields, **day) for day in days]), args=(service, stop))
    if service.at_start:
        scheduler.add_job(_once, args=(service, stop))
    return scheduler


def _once(service: Service, stop: Event) -> None:
    """One run; what goes wrong is said, and the next one runs all the same."""

    def sleep(seconds: float) -> None:
        if stop.wait(seconds) if seconds else stop.is_set():
            raise Stopped

    try:
        outcome = run(replace(service.request, sleep=sleep))
    except Stopped:
        service.say("the run was stopped: nothing of it is recorded")
    except NamesyncError as error:
        service.say(f"error: {' '.join(str(error).split())}")
    except Exception as error:  # noqa: BLE001 - one bad run must not end the process
        service.say(f"error: unexpected: {redact(f'{type(error).__name__}: {error}')}")
    else:
        service.say(_said(outcome, service.request))
    gc.collect()  # by itself the collector hardly ever comes, for the sake of commands that end soon: `namesync.cli.COLLECTOR`


def _said(outcome: Outcome, request: Request) -> str:
    counts = ", ".join(f"{number} {what}" for what, number in outcome.counts().items())
    code = outcome.exit_code(request.fail_on, new_only=request.new_only)
    return "; ".join((f"run {outcome.run} ended with {code}: {counts}", *outcome.undelivered))


def _listening(service: Service, project: Project) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer one of the three addresses."""
            status, kind, body = _answer(self.path.partition("?")[0], project, service.schedule)
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_args: Any) -> None:
            """Requests are not logged."""

    try:
        return ThreadingHTTPServer((service.host, service.port), Handler)
    except OSError as error:
        raise UsageError(f"{service.host}:{service.port}: can't listen there: {error.strerror}", "Try --port.") from None


def _answer(path: str, project: Project, schedule: Schedule) -> tuple[HTTPStatus, str, bytes]:
    try:
        match path:
            case "/":
                return HTTPStatus.OK, "text/html", page(project.history, schedule.text).encode()
            case "/metrics":
                return HTTPStatus.OK, "text/plain; version=0.0.4", exposition(project.history).encode()
            case "/healthz":
                project.history.read(lambda connection: connection.exec_driver_sql("SELECT 1").scalar())
                return HTTPStatus.OK, "application/json", json.dumps({"status": "ok"}).encode()
            case _:
                return HTTPStatus.NOT_FOUND, "text/plain", b"nothing here\n"
    except NamesyncError as error:
        return HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", f"{error.what}\n".encode()
