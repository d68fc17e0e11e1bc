"""What a compiled module gives you, with no model at all.

mlsig compile quickstart.mlsig --out generated
python quickstart.py
"""

from random import Random

from generated.quickstart import Helpdesk, Triage, Tuning
from mlsig import ValidationError

# Data that fits becomes a typed record; data that does not is explained, everything at once.
answer = Triage.Output.validate({"mood": "cross", "priority": 4})
print(answer.mood, answer.priority, answer.topics)
try:
    Triage.Output.validate({"mood": "angry", "priority": 9, "topics": ["refund", 7]})
except ValidationError as error:
    print(error)

# What a model wrote is read into the same record.
print(Triage.parse('Mood: desperate\nPriority: 5\nTopics: ["refund", "delay"]'))

# The space knows what a legal configuration is; every sample is one.
print(Tuning.sample(Random(7)))
for issue in Tuning.check({**Tuning.default().to_dict(), "temperature": 0.9}):
    print(issue)

# What a model would be shown. With a provider that answers, `Helpdesk(message=…)` returns a Triage.Output.
for message in Helpdesk.prompt(message="My parcel is late."):
    print(f"--- {message.role}\n{message.content}")
