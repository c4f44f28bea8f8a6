"""An answer that is a value: asked for, found in what the model wrote, judged, and shown while it grows.

``record.output`` says what an answer must be, ``schema`` reads it. Here ``words`` asks for it and says what was wrong,
``finding`` finds the JSON in a text, ``judge`` decides whether it will do, ``growing`` reads what is not whole yet.
"""
