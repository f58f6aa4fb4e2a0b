"""The last defence of the logs: whatever looks like a personal identifier leaves no line.

Nothing should reach it, since logs carry ids only; it guards against what a library chooses to write.
"""

import re

REDACTED = "[redacted]"
_PATTERN = re.compile(
    r"""
      (?P<line>    (?<![0-9A-Za-z]) [UCR][0-9a-f]{32} (?![0-9A-Za-z]) )     # LINE user, group and room ids
    | (?P<kept>    (?<![0-9A-Za-z]) (?: [0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}          # UUID
                                      | [0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}                # trace context
                                      | [0-9a-f]{32,64}                                      # trace id, digest
                                    ) (?![0-9A-Za-z]) )
    | (?P<citizen> (?<!\d) \d (?:[ -]?\d){12} (?!\d) )                      # 1-2345-67890-12-3, in any grouping
    | (?P<phone>   (?<![\d.]) (?:\+?66|0) [ -]? (?:[689][ -]?\d|[2-7]) (?:[ -]?\d){7} (?!\d) )
    """,
    re.VERBOSE,
)


def redact(line: str) -> str:
    """`line` without anything shaped like a citizen id (Arabic or Thai digits), a Thai phone number or a LINE id."""
    return _PATTERN.sub(_replacement, line)


def _replacement(match: re.Match[str]) -> str:
    return match.group() if match.lastgroup == "kept" else REDACTED
