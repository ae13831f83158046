-- Now; whether somebody logged in with this name from this network lately; and until when the address is
-- blocked, for its failures and for its tries of the last minute (null: it is not).
SELECT now(),
       EXISTS (
           SELECT FROM login_attempt
           WHERE name_digest = %(name_digest)s AND network = %(network)s AND good
                 AND at > now() - interval '90 days'
       ),
       (
           SELECT at + %(window)s FROM login_attempt
           WHERE address = %(address)s AND at > now() - %(window)s AND good IS NOT TRUE
           ORDER BY at DESC OFFSET %(failures)s LIMIT 1
       ),
       (
           SELECT at + %(minute)s FROM login_attempt
           WHERE address = %(address)s AND at > now() - %(minute)s
           ORDER BY at DESC OFFSET %(tries)s LIMIT 1
       );
