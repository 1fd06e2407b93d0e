"""batches, and how urgent a submission is"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    text, moment = sqlmodel.sql.sqltypes.AutoString, sqlmodel.sql.sqltypes.UTCDateTime
    # What waits already is as urgent as its draft says, and usual when that says nothing.
    op.add_column(
        "submission", sa.Column("priority", sa.Integer(), nullable=False, server_default="3")
    )
    submission = sa.table(
        "submission", sa.column("priority", sa.Integer()), sa.column("draft", sa.JSON())
    )
    given = submission.c.draft["priority"].as_string()
    for priority in (0, 1, 2, 4, 5):
        op.execute(submission.update().where(given == str(priority)).values(priority=priority))
    op.create_index(
        "ix_submission_stage_priority_due_at_id",
        "submission",
        ["stage", "priority", "due_at", "id"],
    )
    op.add_column("fax", sa.Column("batch_id", text(), nullable=True))
    op.create_index("ix_fax_batch_id_status", "fax", ["batch_id", "status"])
    op.create_table(
        "batch",
        sa.Column("id", text(), nullable=False),
        sa.Column("status", text(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("created_by", text(), nullable=False),
        sa.Column("client_reference", text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("template", sa.JSON(), nullable=False),
        sa.Column("asked_by", sa.JSON(), nullable=False),
        sa.Column("cancel_requested_at", moment(), nullable=True),
        sa.Column("called_off_by", sa.JSON(), nullable=True),
        sa.Column("finished_at", moment(), nullable=True),
        sa.Column("tally", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_batch"),
    )
    op.create_index("ix_batch_status_id", "batch", ["status", "id"])
    op.create_index("ix_batch_client_reference", "batch", ["client_reference"])
    op.create_table(
        "batch_chunk",
        sa.Column("batch_id", text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name="fk_batch_chunk_batch_id_batch"),
        sa.PrimaryKeyConstraint("batch_id", "number", name="pk_batch_chunk"),
    )
    op.create_table(
        "batch_document",
        sa.Column("batch_id", text(), nullable=False),
        sa.Column("sha256", text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batch.id"], name="fk_batch_document_batch_id_batch"
        ),
        sa.ForeignKeyConstraint(
            ["sha256"], ["document.sha256"], name="fk_batch_document_sha256_document"
        ),
        sa.PrimaryKeyConstraint("batch_id", "sha256", name="pk_batch_document"),
    )
    op.create_index("ix_batch_document_sha256", "batch_document", ["sha256"])


def downgrade() -> None:
    op.drop_index("ix_batch_document_sha256", table_name="batch_document")
    op.drop_table("batch_document")
    op.drop_table("batch_chunk")
    op.drop_index("ix_batch_client_reference", table_name="batch")
    op.drop_index("ix_batch_status_id", table_name="batch")
    op.drop_table("batch")
    op.drop_index("ix_fax_batch_id_status", table_name="fax")
    op.drop_index("ix_submission_stage_priority_due_at_id", table_name="submission")
    with op.batch_alter_table("fax", schema=None) as batch_op:
        batch_op.drop_column("batch_id")
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.drop_column("priority")
