"""Keyed hashes are kept by their first 22 characters of base64url, where they had 64 hexadecimal digits."""

from alembic import op

revision = "notify_0003"
down_revision = "notify_0002"
branch_labels = None
depends_on = None

SHORTEN = r"""
UPDATE guardian SET line_user_index = split_part(line_user_index, '.', 1) || '.'
    || left(translate(encode(decode(split_part(line_user_index, '.', 2), 'hex'), 'base64'), '+/', '-_'), 22)
WHERE line_user_index ~ '^[a-z0-9-]{1,40}\.[0-9a-f]{64}$'
"""


def upgrade() -> None:
    op.execute("LOCK TABLE guardian IN SHARE ROW EXCLUSIVE MODE")
    op.execute(SHORTEN)
    # During a release the former code runs on, and would keep the same people a second time under hashes of its own.
    check = "CONSTRAINT guardian_line_user_index_short CHECK (octet_length(line_user_index) < 64)"
    op.execute(f"ALTER TABLE guardian ADD {check}")


def downgrade() -> None:
    """The hashes stay short, as nobody knows their rest: the former code does not find them."""
    op.execute("ALTER TABLE guardian DROP CONSTRAINT guardian_line_user_index_short")
