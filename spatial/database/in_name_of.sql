-- Say who is behind what the owner does for the rest of the transaction; the audit log asks these settings.
SELECT set_config('citygrid.account', %(account)s, true), set_config('citygrid.username', %(username)s, true),
       set_config('citygrid.role', %(role)s, true), set_config('citygrid.organisation', %(organisation)s, true),
       set_config('citygrid.address', %(address)s, true), set_config('citygrid.request', %(request)s, true);
