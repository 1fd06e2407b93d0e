"""How the appliance says no."""


class Refused(Exception):
    """A request the appliance does not carry out: HTTP `status` and the text of `<message>`.

    The codes are documented for most functions. Of the texts only
    `scheduling failed: internal error` was ever seen; all others are plain words of our own.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.message = message
