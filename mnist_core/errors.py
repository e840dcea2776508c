"""The one kind of error that is meant for people."""


class UserError(Exception):
    """Something that the user can put right. Its text is one clear sentence: what was wrong, and what to do.

    The page and the command line show the text as it is, without a traceback.
    """
