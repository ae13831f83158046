"""Heat of patrols (巡查热力): how long somebody was where, in whole milliseconds that add up exactly."""
