SELECT EXISTS (SELECT FROM task WHERE remind_at <= now())
       OR EXISTS (SELECT FROM task_recipient AS r JOIN downlink AS d ON d.id = r.downlink_id
                  WHERE r.delivered_at IS NULL AND d.state = 'confirmed');
