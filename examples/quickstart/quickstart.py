"""What a compiled module gives you; no model and no key are needed.

mlsig compile quickstart.mlsig --out generated
python quickstart.py
"""

from random import Random

from generated.quickstart import Triage, Tuning
from mlsig import ValidationError

answer = Triage.Output.validate({"mood": "cross", "priority": 4})
print(answer.mood, answer.priority, answer.topics)

try:
    Triage.Output.validate({"mood": "angry", "priority": 9, "topics": ["refund", 7]})
except ValidationError as error:
    print(error)

print(Triage.parse('Mood: desperate\nPriority: 5\nTopics: ["refund", "delay"]'))
print(Tuning.sample(Random(7)))
for issue in Tuning.check({"style": "formal", "temperature": 0.9}):
    print(issue)
