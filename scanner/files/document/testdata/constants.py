NAME = "value of the constant"
TABLE = {"key": (b"some bytes", ("nested", 1.5, 1 << 70, None, 2j))}


def function(argument="default"):
    """What it does."""
    return u"inner \u00e4" + argument
