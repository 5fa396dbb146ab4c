"""Wires the parts of the platform."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from .account import Account
from .base.chance import seeded
from .base.switches import Switches
from .company.call_control import CallControl
from .company.call_log import CallLog
from .company.control_rules import ControlRules
from .company.devices import Devices
from .company.directory import ACCOUNT_ID, build_directory
from .company.messages import Mailboxes
from .company.parties import Party
from .company.permissions import (
    APP_PERMISSIONS,
    USER_PERMISSIONS,
    set_permission,
    shown_name,
)
from .company.pick_ups import PickUps
from .company.presence import Presence
from .company.queues import Queues
from .company.ring_outs import RingOuts
from .company.session_body import SessionBodies
from .faults.faults import Faults
from .faults.journal import Journal
from .push.gateway import Gateway
from .push.publisher import Publisher
from .push.recovery import ContextStore
from .push.sequences import SequenceCounter
from .push.session_events import SessionEvents
from .push.session_notifier import SessionNotifier
from .push.subscriptions import SubscriptionStore
from .rest.account_api import AccountApi
from .rest.api import Api
from .rest.call_log_api import CallLogApi
from .rest.control_bodies import ControlBodies
from .rest.devices_api import DevicesApi
from .rest.http_api import HttpApi
from .rest.lists_api import ListsApi
from .rest.lookup import Lookup
from .rest.messages_api import MessagesApi
from .rest.oauth_api import OAuthApi
from .rest.presence_api import PresenceApi
from .rest.queues_api import QueuesApi
from .rest.ring_out_api import RingOutApi
from .rest.subscription_api import SubscriptionApi
from .rest.telephony_api import TelephonyApi
from .sessions.limits import RateLimits
from .sessions.oauth import OAuth, OAuthSession, client_credentials

# Where Home Assistant sends the browser after the consent.
_REDIRECT_URIS = (
    "https://my.home-assistant.io/redirect/oauth",
    "https://example.com/auth/external/callback",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorOptions:
    """What a simulator is made of."""

    host: str = "127.0.0.1"
    port: int = 8089
    extensions: int = 12
    seed: int = 1
    # Of equal size; 0 for two, with every fifth person at the second one.
    sites: int = 0
    # `quiet`, `office`, or the path of a YAML file.
    scenario: str = "quiet"
    speed: float = 1.0
    # Permissions that app and user lack.
    without: frozenset[str] = frozenset()
    switches: Switches = field(default_factory=Switches)


class Platform:
    """All parts of a platform with one account, wired together."""

    def __init__(self, options: SimulatorOptions) -> None:
        """Build the account; nothing listens yet."""
        self.options = options
        seed = self.options.seed
        self.switches = self.options.switches
        self.port = self.options.port
        self.account_id = ACCOUNT_ID
        self.permissions = set(APP_PERMISSIONS)
        self.user_permissions = set(USER_PERMISSIONS)
        for name in self.options.without:
            set_permission(self.permissions, name, False)
            set_permission(self.user_permissions, name, False)
        self.faults = Faults()
        self.log = Journal()
        self.directory = build_directory(
            self.options.extensions, seed, self.options.sites
        )

        app, public_app, self.jwt = client_credentials(seed, self.directory.owner.id)
        self.client_id = app.client_id
        self.client_secret = app.client_secret or ""
        self.public_client_id = public_app.client_id
        self.limits = RateLimits(self.switches)
        self.oauth = OAuth(
            switches=self.switches,
            on_revoked=self._session_revoked,
            apps={item.client_id: item for item in (app, public_app)},
            redirect_uris=_REDIRECT_URIS,
            jwts={self.jwt: self.directory.owner.id},
        )
        calls = CallControl(
            listener=self._calls_changed,
            random=seeded(seed, "calls"),
            switches=self.switches,
            call_id_changes=lambda: self.switches.call_id_changes,
            lists_replaced=lambda: self.switches.replaced_party == "listed",
            keeps_start=lambda: self.switches.start_time_of == "session",
        )
        self.devices = Devices(directory=self.directory, switches=self.switches)
        self.session_bodies = SessionBodies(
            account_id=self.account_id,
            find=self.devices.reached,
            switches=self.switches,
        )
        self.control_rules = ControlRules(
            calls=calls,
            switches=self.switches,
            account_id=self.account_id,
            # As the account describes it.
            is_administrator=lambda item: item == self.directory.owner.id,
        )
        presences = {item: Presence() for item in self.directory.extensions}
        random = seeded(seed, "ids")
        self.subscriptions = SubscriptionStore(
            switches=self.switches, random=seeded(seed, "subscriptions")
        )
        self.publisher = Publisher(
            account_id=self.account_id,
            directory=self.directory,
            presences=presences,
            calls_of=calls.of_extension,
            subscriptions=self.subscriptions,
            switches=self.switches,
            faults=self.faults,
            random=random,
            sequence=SequenceCounter(
                switches=self.switches, last=random.randrange(20, 80)
            ),
        )
        notifier = SessionNotifier(
            publisher=self.publisher,
            subscriptions=self.subscriptions,
            switches=self.switches,
        )
        calls.changed = SessionEvents(
            account_id=self.account_id,
            bodies=self.session_bodies,
            switches=self.switches,
            listener=notifier.send,
            is_watched=notifier.is_watched,
        ).changed
        self.account = Account(
            id=self.account_id,
            uri=self._account_uri,
            directory=self.directory,
            presences=presences,
            calls=calls,
            queues=Queues(directory=self.directory, presences=presences),
            mailboxes=Mailboxes(),
            publisher=self.publisher,
            switches=self.switches,
        )
        self.ring_outs = RingOuts(
            calls=calls,
            switches=self.switches,
            random=seeded(seed, "ring outs"),
            uri=self._account_uri,
        )
        self.pick_ups = PickUps(
            calls=calls, switches=self.switches, listener=calls.changed
        )
        calls.changed = self.pick_ups.changed
        api = self._build_api()
        self.http = HttpApi(
            api=api,
            oauth=self.oauth,
            oauth_api=OAuthApi(
                oauth=self.oauth,
                directory=self.directory,
                limits=self.limits,
                faults=self.faults,
                switches=self.switches,
                scope=self._scope,
            ),
            limits=self.limits,
            faults=self.faults,
            journal=self.log,
            switches=self.switches,
            permissions=self.permissions,
        )
        self.gateway = Gateway(
            switches=self.switches,
            faults=self.faults,
            journal=self.log,
            new_uuid=self.publisher.new_uuid,
            contexts=ContextStore(switches=self.switches),
            dispatch=self.http.over_socket,
        )
        self.http.gateway = self.gateway

    def _build_api(self) -> Api:
        lookup = Lookup(account=self.account)
        api = Api(
            limits=self.limits,
            permissions=self.permissions,
            user_permissions=self.user_permissions,
            switches=self.switches,
        )
        api.add(
            AccountApi(
                account=self.account,
                lookup=lookup,
                user_permissions=self.user_permissions,
            ).routes()
        )
        api.add(PresenceApi(account=self.account, lookup=lookup).routes())
        api.add(ListsApi(account=self.account, lookup=lookup).routes())
        api.add(QueuesApi(account=self.account, lookup=lookup).routes())
        api.add(MessagesApi(account=self.account, lookup=lookup).routes())
        self._add_call_control(api, lookup)
        api.add(
            SubscriptionApi(
                account=self.account,
                store=self.subscriptions,
                faults=self.faults,
                switches=self.switches,
                permissions=self.permissions,
                user_permissions=self.user_permissions,
                host=lambda: self.server,
            ).routes()
        )
        return api

    def _add_call_control(self, api: Api, lookup: Lookup) -> None:
        requests = ControlBodies(
            directory=self.directory, devices=self.devices, switches=self.switches
        )
        api.add(
            TelephonyApi(
                account=self.account,
                lookup=lookup,
                rules=self.control_rules,
                bodies=self.session_bodies,
                requests=requests,
            ).routes()
        )
        api.add(
            RingOutApi(
                account=self.account,
                lookup=lookup,
                ring_outs=self.ring_outs,
                requests=requests,
            ).routes()
        )
        log = CallLog(
            calls=self.account.calls, directory=self.directory, switches=self.switches
        )
        api.add(
            CallLogApi(
                account=self.account,
                lookup=lookup,
                log=log,
                user_permissions=self.user_permissions,
            ).routes()
        )
        devices = DevicesApi(account=self.account, lookup=lookup, devices=self.devices)
        api.add(devices.routes())

    def _scope(self) -> str:
        name = self.switches.control_permission
        return " ".join(sorted({shown_name(item, name) for item in self.permissions}))

    def _account_uri(self) -> str:
        return f"{self.server}/restapi/v1.0/account/{self.account_id}"

    @property
    def server(self) -> str:
        """Return the address that clients use; final once started."""
        host = self.options.host
        # Clients cannot connect to an address that means all addresses.
        reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        name = f"[{reachable}]" if ":" in reachable else reachable
        return f"http://{name}:{self.port}"

    def _calls_changed(self, extension_id: str, ended: Sequence[Party]) -> None:
        self.publisher.presence_changed(extension_id, telephony=True, ended=ended)

    def _session_revoked(self, session: OAuthSession) -> None:
        self.subscriptions.remove_session(session)
        self.gateway.end_session(session)
