"""Which records a page shows as tables. A new kind of record is a new entry here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Record:
    """A kind of record to show as a table: nodes of a class that point here by `via`, or to which this points.

    `columns` are (heading, property) pairs; the property `.` is the record itself. Rows are in the order of their
    cells. `where` keeps the records that have this value of this property. With `merge`, records that have the same
    thing in the first column become one row, and each source says what it says (`merging.py`).
    """

    title: str
    via: str
    columns: tuple[tuple[str, str], ...]
    of: str = ""
    outward: bool = False
    merge: bool = False
    where: tuple[str, str] | None = None


_SAID = (("basis", "mg:basis"), ("source", "dcterms:source"), ("note", "skos:note"))
_PART = (
    ("role", "org:role"),
    ("role in words", "mg:roleText"),
    ("from", "mg:validFrom"),
    ("until", "mg:validUntil"),
    ("admitted on", "mg:admittedOn"),
    ("by decision", "mg:admittedBy"),
    ("acceptance registered on", "mg:registeredOn"),
    ("founding treaty ratified on", "mg:ratifiedOn"),
    ("according to", "dcterms:source"),
    ("note", "skos:note"),
)
_LOOK = (
    ("place", "mg:place"),
    ("level", "mg:level"),
    ("year of the profile", "mg:profileYear"),
    ("edition", "mg:edition"),
    ("round", "mg:round"),
    *_SAID[1:],
)
_DATED = (  # consent first, so that rows stand in the order of time
    ("consented", "mg:consentedOn"),
    ("signed", "mg:signedOn"),
    ("State", "mg:state"),
    ("by", "mg:act"),
    ("bound from", "mg:boundFrom"),
    ("denounced", "mg:denouncedOn"),
    ("withdrew", "mg:withdrewOn"),
    ("as of", "mg:asOf"),
    ("list", "mg:list"),
    ("note", "skos:note"),
    ("source", "dcterms:source"),
)
_ON_LIST = tuple(column for column in _DATED if column[0] != "list")
_BY_STANDING = (
    ("Parties, by the day of consent", ("mg:standing", "mgc:standing-party")),
    ("Signed and not party on a list, by the day of signature", ("mg:standing", "mgc:standing-signatory")),
    ("Announced, deposit not read", ("mg:standing", "mgc:standing-announced")),
    ("Neither signed nor party on a list, by its day", ("mg:standing", "mgc:standing-none")),
)
RECORDS = (
    Record(
        "What it rests on or relates to, and who says so",
        "mg:from",
        (
            ("relation", "mg:relation"),
            ("to", "mg:to"),
            ("legal force", "mg:hopForce"),
            ("since", "mg:validFrom"),
            *_SAID,
        ),
    ),
    Record(
        "What rests on it or relates to it, and who says so",
        "mg:to",
        (("from", "mg:from"), ("relation", "mg:relation"), ("since", "mg:validFrom"), *_SAID),
    ),
    Record(
        "Figures",
        "mg:area",
        (
            ("what", "mg:element"),
            ("year", "mg:period"),
            ("value", "mg:value"),
            ("band", "mg:band"),
            ("countries counted", "mg:countries"),
            ("published in", "qb:dataSet"),
            ("computed by", "mg:method"),
        ),
    ),
    Record(
        "Figures by country and group",
        "mg:element",
        (
            ("who", "mg:area"),
            ("year", "mg:period"),
            ("value", "mg:value"),
            ("band", "mg:band"),
            ("countries counted", "mg:countries"),
            ("published in", "qb:dataSet"),
            ("computed by", "mg:method"),
        ),
    ),
    Record(
        "Members, observers and offices",
        "org:organization",
        (("who", "org:member"), *_PART),
        merge=True,
    ),
    Record(
        "Where it takes part",
        "org:member",
        (("in", "org:organization"), *_PART),
        merge=True,
    ),
    Record(
        "Lists of its members",
        "mg:about",
        (
            ("list", "."),
            ("as of", "mg:asOf"),
            ("day in words", "mg:asOfText"),
            ("how whole it is", "mg:completeness"),
            ("source", "dcterms:source"),
            ("note", "skos:note"),
        ),
        of="mg:MembershipList",
    ),
    Record(
        "Who stands on it",
        "mg:onList",
        (
            ("who", "org:member"),
            ("role", "org:role"),
            ("role in words", "mg:roleText"),
            ("named as", "mg:namedAs"),
            ("as of", "mg:asOf"),
            ("from", "mg:validFrom"),
            ("until", "mg:validUntil"),
            ("note", "skos:note"),
        ),
    ),
    Record(
        "Assessments",
        "mg:country",
        (("with", "mg:about"), *_LOOK),
        of="mg:Assessment",
    ),
    Record(
        "Who was assessed",
        "mg:about",
        (("country", "mg:country"), *_LOOK),
        of="mg:Assessment",
    ),
    Record(
        "Lists of who takes part",
        "mg:instrument",
        (
            ("as of", "mg:asOf"),
            ("list", "."),
            ("parties", "mg:partyCount"),
            ("only signed", "mg:signatoryCount"),
            ("whole or part", "mg:completeness"),
            ("covers", "mg:scope"),
            ("source", "dcterms:source"),
            ("note", "skos:note"),
        ),
        of="mg:ParticipationList",
    ),
    *(Record(title, "mg:instrument", _DATED, of="mg:Participation", where=where) for title, where in _BY_STANDING),
    *(Record(title, "mg:list", _ON_LIST, of="mg:Participation", where=where) for title, where in _BY_STANDING),
    Record(
        "Treaties it signed, ratified or acceded to",
        "mg:state",
        (
            ("treaty", "mg:instrument"),
            ("standing", "mg:standing"),
            ("signed", "mg:signedOn"),
            ("consented", "mg:consentedOn"),
            ("by", "mg:act"),
            ("bound from", "mg:boundFrom"),
            ("denounced", "mg:denouncedOn"),
            ("withdrew", "mg:withdrewOn"),
            ("as of", "mg:asOf"),
            ("list", "mg:list"),
            ("note", "skos:note"),
            ("source", "dcterms:source"),
        ),
        of="mg:Participation",
    ),
    Record(
        "Where the graph says something else than the source",
        "mg:about",
        (
            ("what", "mg:correctedProperty"),
            ("found", "mg:found"),
            ("used", "mg:used"),
            ("why", "skos:note"),
            ("source", "dcterms:source"),
        ),
        of="mg:Correction",
    ),
    Record(
        "Mappings to other frameworks",
        "owl:annotatedSource",
        (
            ("relation", "owl:annotatedProperty"),
            ("to", "owl:annotatedTarget"),
            ("in words", "rdfs:comment"),
            ("confidence", "sssom:confidence"),
            ("basis", "mg:basis"),
            ("source", "dcterms:source"),
        ),
    ),
    Record(
        "Mappings from other frameworks",
        "owl:annotatedTarget",
        (
            ("from", "owl:annotatedSource"),
            ("relation", "owl:annotatedProperty"),
            ("in words", "rdfs:comment"),
            ("confidence", "sssom:confidence"),
            ("basis", "mg:basis"),
            ("source", "dcterms:source"),
        ),
    ),
    Record(
        "What may follow from two mappings; nobody has looked at it",
        "mg:composedSubject",
        (
            ("relation", "mg:composedPredicate"),
            ("to", "mg:composedObject"),
            ("through", "mg:through"),
            ("why", "rdfs:comment"),
            ("confidence", "sssom:confidence"),
            ("path", "."),
        ),
    ),
    Record(
        "What may follow from two mappings, seen from the other end; nobody has looked at it",
        "mg:composedObject",
        (
            ("from", "mg:composedSubject"),
            ("relation", "mg:composedPredicate"),
            ("through", "mg:through"),
            ("why", "rdfs:comment"),
            ("confidence", "sssom:confidence"),
            ("path", "."),
        ),
    ),
    Record(
        "Wordings",
        "mg:wordingOf",
        (
            ("text", "mg:text"),
            ("as of", "mg:asOf"),
            ("from", "mg:validFrom"),
            ("until", "mg:validUntil"),
            ("official", "mg:official"),
            ("source", "dcterms:source"),
        ),
    ),
    Record(
        "Readings of the sources",
        "mg:reading",
        (("reading", "."), ("value", "rdf:value"), ("source", "dcterms:source"), ("note", "skos:note")),
        outward=True,
    ),
    Record(
        "Where sources disagree",
        "mg:about",
        (("question", "."), ("reading that the graph uses", "mg:adoptedReading"), ("why", "skos:note")),
        of="mg:Conflict",
    ),
    Record(
        "What documents claim",
        "mg:about",
        (
            ("claim", "."),
            ("in words", "mg:text"),
            ("value", "mg:value"),
            ("out of", "mg:outOf"),
            ("as of", "mg:asOf"),
            ("source", "dcterms:source"),
            ("note", "skos:note"),
        ),
        of="mg:Claim",
    ),
    Record(
        "Tiers over time",
        "mg:about",
        (("tier", "mg:tier"), ("as of", "mg:asOf"), ("source", "dcterms:source"), ("note", "skos:note")),
        of="mg:TierAssignment",
    ),
    Record(
        "Who keeps the indicator",
        "mg:about",
        (("body", "mg:custodian"), ("role", "mg:role"), ("as of", "mg:asOf"), ("source", "dcterms:source")),
        of="mg:Custodianship",
    ),
    Record(
        "Votes",
        "mg:about",
        (
            ("vote", "."),
            ("for", "mg:votesFor"),
            ("against", "mg:votesAgainst"),
            ("abstained", "mg:votesAbstaining"),
            ("did not vote", "mg:votesNotCast"),
            ("source", "dcterms:source"),
        ),
        of="mg:Vote",
    ),
    Record(
        "Ways of working together",
        "mg:offeredBy",
        (("what", "."), ("domain", "mg:forDomain"), ("source", "dcterms:source"), ("note", "skos:note")),
    ),
    Record(
        "Cooperation with others",
        "mg:party",
        (("with", "mg:with"), ("on", "mg:topic"), ("what", "."), ("source", "dcterms:source")),
    ),
    Record(
        "Cooperation", "mg:with", (("of", "mg:party"), ("on", "mg:topic"), ("what", "."), ("source", "dcterms:source"))
    ),
    Record("What an answer counts for", "mg:points", (("answer", "mg:answer"), ("worth", "mg:worth")), outward=True),
    Record(
        "Which years count",
        "mg:pooling",
        (("figures of", "mg:forPeriod"), ("years that may stand in", "mg:allowsPeriod")),
        outward=True,
    ),
)
