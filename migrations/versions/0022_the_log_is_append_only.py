"""The database itself refuses to change or remove an entry of the audit log; its one head is never removed either.

Revision ID: 0022
Revises: 0021
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_GUARDS = (("audit_entry", "UPDATE"), ("audit_entry", "DELETE"), ("audit_head", "DELETE"))
_SAID = "the audit log is append-only: its entries are never changed or removed"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_on_audit_log() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{_SAID}'; END $$"
        )
        # Of statements, so that one which would meet no row is told as well; TRUNCATE knows no other kind.
        for table, act in (*_GUARDS, ("audit_entry", "TRUNCATE"), ("audit_head", "TRUNCATE")):
            op.execute(
                f"CREATE TRIGGER {_name(table, act)} BEFORE {act} ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_on_audit_log()"
            )
    else:
        for table, act in _GUARDS:
            op.execute(
                f"CREATE TRIGGER {_name(table, act)} BEFORE {act} ON {table} BEGIN SELECT RAISE(ABORT, '{_SAID}'); END"
            )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_on_audit_log() CASCADE")
    else:
        for table, act in _GUARDS:
            op.execute(f"DROP TRIGGER {_name(table, act)}")


def _name(table: str, act: str) -> str:
    return f"no_{act.lower()}_of_{table}"
