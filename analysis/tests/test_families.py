"""The recorded run of every family (families.json): what a figure of them may rely on."""


def test_every_family_is_in_the_recording(families):
    assert {row.family for row in families.rows} >= {"floor", "op", "rtt", "open", "tput", "wake", "slow", "setup", "scale"}
    assert not [row.name for row in families.rows if row.failed]


def test_every_subscriber_of_the_recording_accounts_for_every_message(families):
    rows = families.family("tput")
    assert rows
    for row in rows:
        if row.parameters["subscribers"] != "0":
            expected = row.values["sent"] * int(row.parameters["subscribers"])
            assert row.values["received"] + row.values["lost"] == expected, row.name


def test_every_scheduled_message_of_the_recording_is_accounted_for(families):
    rows = families.family("open")
    assert rows
    for row in rows:
        values = row.values
        assert values["scheduled"] == values["sent"] + values["refused"] + values["missed"], row.name
        assert values["sent"] == values["received"] + values["lost"], row.name


def test_latency_from_the_due_time_is_never_less_than_from_the_sending(families):
    for row in families.family("open"):
        assert row.values["max_ns"] >= row.values["beside"]["uncorrected"]["max_ns"], row.name
        assert sum(count for _, count in row.buckets()) == row.values["beside"]["uncorrected"]["n"], row.name


def test_a_wake_names_its_floor_and_both_are_there(families):
    for row in families.family("wake"):
        if "idle_us" not in row.parameters:
            continue  # several sleepers have no floor
        assert row.values["floor"] == "floor/" + row.name
        assert families.find(row.values["floor"]) is not None
        assert row.values["ratio_to_floor"] > 0


def test_the_oversubscribed_cells_are_tagged(families):
    processors = families.machine()["processors"]
    for row in families.family("tput"):
        processes = int(row.parameters.get("publishers", 1)) + int(row.parameters["subscribers"])
        assert row.oversubscribed == (processes > processors), row.name
