-- Take the reader's standpoint for the rest of the transaction, and say who reads: policies and the audit
-- log ask these settings. Outside of such a transaction the connection may read nothing.
SELECT set_config('role', %(standpoint)s, true), set_config('citygrid.account', %(account)s, true),
       set_config('citygrid.username', %(username)s, true), set_config('citygrid.role', %(role)s, true),
       set_config('citygrid.reach', %(reach)s, true), set_config('citygrid.area_from', %(area_from)s, true),
       set_config('citygrid.area_until', %(area_until)s, true), set_config('citygrid.above', %(above)s, true),
       set_config('citygrid.organisation', %(organisation)s, true),
       set_config('citygrid.worker', %(worker)s, true), set_config('citygrid.address', %(address)s, true),
       set_config('citygrid.request', %(request)s, true), set_config('citygrid.as_of', %(as_of)s, true)
