"""Configuration, read once from the environment by an entry point and then passed down."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, ValidationInfo, field_validator

from catalogue.errors import SettingsInvalid

PREFIX = "HACKGO_"
OF_TESTS = ("HACKGO_REQUIRE", "HACKGO_TEST_")  # names that begin so are read by the tests alone (CONTRIBUTING.md)
ROOT = Path(__file__).resolve().parent.parent
SCHEMAS = ROOT / "schemas"


class Settings(BaseModel):
    """One field per ``HACKGO_*`` variable; docs/settings.md lists them all (tested)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    state_dir: Path = Field(ROOT / "var", description="Folder that holds everything the program writes.")
    database_url: str = Field("", description="Store, as an SQLAlchemy URL; empty: SQLite in the state folder.")
    vector_cache: str = Field("", description="Folder of the vector cache; empty: in the state folder.")
    engine: Literal["embedded", "opensearch"] = Field("embedded", description="Search engine.")
    fallback: Literal["", "embedded"] = Field(
        "", description="Engine that answers while `HACKGO_ENGINE` does not; empty: none, such searches get a 503."
    )
    opensearch_url: str = Field("", description="Addresses of the cluster's nodes, separated by commas.")
    opensearch_user: str = Field("", description="User at the cluster; empty: no authentication.")
    opensearch_password: SecretStr = Field(SecretStr(""), description="Password at the cluster.")
    opensearch_ca_file: str = Field("", description="PEM file of who signed its certificate; empty: the system's.")
    opensearch_index: str = Field(
        "hackgo", pattern="^[a-z][a-z0-9-]*$", description="Alias of the live index; all names begin so."
    )
    opensearch_shards: int = Field(1, ge=1, le=1024, description="Shards of a new index.")
    host: str = Field("127.0.0.1", description="Address on which the web server listens.")
    port: int = Field(8080, ge=1, le=65535, description="Port of the web server; `up` takes the next free one.")
    model: str = Field("", description="Embedding model: folder or id for sentence-transformers; empty: what ships.")
    model_query_prefix: str = Field("auto", description="What it reads before a query; auto: as the model says.")
    model_passage_prefix: str = Field("auto", description="The same before a passage.")
    embedding_threads: int = Field(2, ge=1, le=64, description="Texts embedded at a time, a core each.")
    sync_poll_s: float = Field(0.2, gt=0, le=60, description="Seconds between two looks of the indexer at the store.")
    log_format: Literal["console", "json"] = Field("console", description="Log lines for people or for machines.")
    upload_mb: int = Field(10, ge=1, le=100, description="Largest file that may be uploaded, in megabytes.")
    api_url: str = Field("", description="Where the UI finds the API; empty: the server that it is mounted in.")
    public_url: str = Field(
        "", description="Address by which people reach the site, for links in mails; empty: `HACKGO_HOST` and port."
    )
    smtp_url: SecretStr = Field(
        SecretStr(""), description="Mail server, `smtp://user:password@host:587`; empty: mails become files."
    )
    mail_from: str = Field("hack.go.th <no-reply@localhost>", description="Sender of mails.")
    demo_logins: bool = Field(
        False, description="One-click sign-in as a founder, host or curator; refused beside data that are no sample."
    )

    @field_validator("opensearch_url")
    @classmethod
    def _addresses(cls, value: str) -> str:
        for address in filter(None, value.split(",")):
            parts = urlsplit(address.strip())
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
                raise ValueError("an address is http://HOST:PORT or https://HOST:PORT, without a password")
        return value

    @field_validator("fallback")
    @classmethod
    def _another_engine(cls, fallback: str, known: ValidationInfo) -> str:
        if fallback and fallback == known.data.get("engine"):
            raise ValueError("the fallback of an engine is another engine")
        return fallback

    @field_validator("public_url")
    @classmethod
    def _site(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query):
            raise ValueError("an address is https://HOST")
        return value.rstrip("/")

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: SecretStr) -> SecretStr:
        parts = urlsplit(value.get_secret_value())
        if value.get_secret_value() and (parts.scheme not in ("smtp", "smtps") or not parts.hostname):
            raise ValueError("a mail server is smtp://user:password@host:587 or smtps://user:password@host:465")
        return value

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read settings; raises ``SettingsInvalid`` for bad values and for unknown names: typos must not pass."""
        ours = {name for name in environ if name.startswith(PREFIX) and not name.startswith(OF_TESTS)}
        given = {name.removeprefix(PREFIX).lower(): environ[name] for name in ours}
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            names = ", ".join(PREFIX + str(e["loc"][0]).upper() for e in error.errors())
            raise SettingsInvalid(
                f"Check these settings: {names}. docs/settings.md lists the known ones.",
                f"โปรดตรวจสอบค่าตั้ง: {names} รายการค่าที่ใช้ได้อยู่ใน docs/settings.md",
            ) from None  # its text quotes the values

    @property
    def opensearch_hosts(self) -> list[str]:
        """The addresses of the cluster's nodes."""
        return [address.strip() for address in self.opensearch_url.split(",") if address.strip()]

    @property
    def database(self) -> str:
        """The store's SQLAlchemy URL."""
        return self.database_url or f"sqlite:///{(self.state_dir / 'catalogue.db').as_posix()}"

    @property
    def engines(self) -> tuple[str, ...]:
        """The engines whose indexes are kept in step, the main one first."""
        return (self.engine, self.fallback) if self.fallback else (self.engine,)

    @property
    def site(self) -> str:
        """Where people reach the site. Never taken from a request: whoever asks could name another host."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def outbox_dir(self) -> Path:
        """Folder of the mails where no mail server is named."""
        return self.state_dir / "outbox"

    @property
    def index_dir(self) -> Path:
        """Folder of the embedded engine's indexes."""
        return self.state_dir / "index"

    @property
    def vectors_dir(self) -> Path:
        """Folder of the vector cache."""
        return Path(self.vector_cache) if self.vector_cache else self.state_dir / "vectors"

    @property
    def bank_dir(self) -> Path:
        """Folder of the cached vectors of what queries are centred by: apart, because a server reads all of it."""
        return self.vectors_dir / "bank"

    @property
    def run_dir(self) -> Path:
        """Folder of the lock, address and log files of running processes."""
        return self.state_dir / "run"
