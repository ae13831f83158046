"""What is told to terminals in the field (下行指令), kept until they confirm it or it is too late."""
