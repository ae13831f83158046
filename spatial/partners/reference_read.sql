SELECT reference FROM partner_reference WHERE webhook_id = %(webhook)s AND event_id = %(event)s;
