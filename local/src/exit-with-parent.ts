// Loaded into every part before its own code: when the supervisor is gone, however it died, so is the part.
process.once('disconnect', () => process.exit(0));
process.channel?.unref();
