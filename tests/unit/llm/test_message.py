"""Messages and what they are made of."""

from __future__ import annotations

import pytest

from executus_core.llm import FilePart, ImagePart, Message, Response, TextPart, ToolCall, Usage

PIXEL = ImagePart(b"\x89PNG")
PAPER = FilePart("a.pdf", "application/pdf", b"%PDF-")
CALL = ToolCall("call_1", "add", '{"a": 1}')


def test_text_joins_the_text_parts_and_leaves_the_images_out() -> None:
    """A message's text is what a reader without eyes gets."""
    message = Message("user", (TextPart("one "), PIXEL, TextPart("two")))

    assert message.text == "one two"
    assert Message("assistant").text == ""


def test_a_user_message_has_its_text_first_and_then_its_images() -> None:
    """Models read the question before the picture."""
    message = Message.user("What is this?", PIXEL, PAPER)

    assert message == Message("user", (TextPart("What is this?"), PIXEL, PAPER))


@pytest.mark.parametrize("blank", ["", "  \n"])
def test_a_blank_text_beside_images_makes_no_part(blank: str) -> None:
    """Providers refuse empty text parts."""
    assert Message.user(blank, PIXEL).parts == (PIXEL,)


def test_an_assistant_message_that_only_calls_tools_has_no_parts() -> None:
    """An empty text says nothing."""
    message = Message.assistant("", [CALL])

    assert message.parts == ()
    assert message.tool_calls == (CALL,)


def test_a_tool_message_answers_its_call_by_id() -> None:
    """Results pair with calls by id, and tell failures."""
    message = Message.tool(CALL, "no such file", is_error=True)

    assert (message.role, message.tool_call_id, message.is_error) == ("tool", "call_1", True)
    assert message.text == "no such file"


def test_a_tool_message_takes_parts() -> None:
    """A tool may show a picture."""
    assert Message.tool(CALL, [TextPart("here:"), PIXEL]).parts == (TextPart("here:"), PIXEL)


def test_a_system_message_is_text() -> None:
    """The system prompt is one text part."""
    assert Message.system("Be brief.") == Message("system", (TextPart("Be brief."),))


def test_values_compare_by_what_they_hold() -> None:
    """Two equal messages are the same message."""
    assert Message.user("hi") == Message.user("hi")
    assert Message.user("hi") != Message.assistant("hi")


@pytest.mark.parametrize(
    "value", [Message.user("x"), TextPart("x"), PIXEL, PAPER, CALL, Response(Message.user("x"), Usage())]
)
def test_values_are_slotted(value: object) -> None:
    """Tens of thousands live at once, so none carries a dictionary."""
    assert not hasattr(value, "__dict__")


def test_an_image_and_a_file_show_their_size_and_not_their_bytes() -> None:
    """A log line must not hold a picture."""
    assert repr(PIXEL) == "ImagePart(data=<4 bytes>, media_type='image/png')"
    assert repr(PAPER) == "FilePart(name='a.pdf', media_type='application/pdf', data=<5 bytes>)"
