"""The list of owners and meanings is whole, and changes only with a new version."""

from app.model import ownership, taxonomy


def test_every_stage_and_role_is_explained() -> None:
    """Nobody has to guess what a stage means or which system owns it."""
    assert set(ownership.STAGES) == set(taxonomy.RANK)
    assert {role for role, _ in ownership.RECORDS} == set(taxonomy.ROLES) - {"erp_legacy"}


def test_a_change_of_the_list_needs_a_new_version() -> None:
    """The fingerprint of the version in force is the one noted with it."""
    noted = ownership.CHANGES[ownership.VERSION][2]
    assert noted == ownership.fingerprint(), "Count VERSION up, say what changed in CHANGES, and note the fingerprint."
