"""What surrounds facts and small talk: fillers, corrections, and replies where little is known."""

BEFORE = ["Hey,", "Well,", "So,", "Oh,", "Listen,", "Hi!", "Hello.", "By the way,", "Ah,", "And"]
BEFORE += ["Now,"]
BEFORE_QUESTION = ["Please,", "Tell me,", "Quick question:", "But", "Okay,", "Say,"]
BEFORE_CORRECTION = ["Actually,", "No,", "No, wait,", "Sorry,", "I was wrong,", "Oh no,"]
BEFORE_CORRECTION += ["Correction:", "I changed my mind,", "That was not right,", "I meant to say"]
BEFORE_CORRECTION += ["I lied,", "Not any more:"]
BEFORE_SHORT_CORRECTION = ["No,", "Sorry,", "I mean", "No, no,"]
AFTER = ["please", "by the way", "you know", "my friend", "now", "again", "then"]

SUMMARY = ["What do you know about me?", "Tell me (all|everything) you know about me."]
SUMMARY += [
    "What have I told you (about me|)?",
    "What (did|do) you (learn|remember|know) about me?",
]
NOTHING_KNOWN = "I know very little about you yet."
NOT_UNDERSTOOD = ["I am not sure what you mean.", "I am afraid I do not understand that."]
UNKNOWN_WORD = "Sorry, I do not know the word for that."
UNKNOWN_NAME = "Sorry, I have never heard that name."

FROM_USERS = (
    BEFORE + BEFORE_QUESTION + BEFORE_CORRECTION + BEFORE_SHORT_CORRECTION + AFTER + SUMMARY
)
REPLIES = [NOTHING_KNOWN, *NOT_UNDERSTOOD, UNKNOWN_WORD, UNKNOWN_NAME]
