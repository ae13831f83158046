INSERT INTO patrol_result AS t (due_id, word, reason, ratio, probability, false_accusation_rate, missed_rate, figures,
                                targets, code)
VALUES (%(due_id)s, %(word)s, %(reason)s, %(ratio)s, %(probability)s, %(false_accusation_rate)s, %(missed_rate)s,
        %(figures)s, %(targets)s, %(code)s)
ON CONFLICT (due_id) DO UPDATE
SET word = excluded.word, reason = excluded.reason, ratio = excluded.ratio, probability = excluded.probability,
    false_accusation_rate = excluded.false_accusation_rate, missed_rate = excluded.missed_rate,
    figures = excluded.figures, targets = excluded.targets, code = excluded.code, computed_at = now()
-- What is as it was is not written again.
WHERE (t.word, t.reason, t.ratio, t.probability, t.figures, t.targets, t.code)
      IS DISTINCT FROM (excluded.word, excluded.reason, excluded.ratio, excluded.probability, excluded.figures,
                        excluded.targets, excluded.code)
RETURNING due_id;
