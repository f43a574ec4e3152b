import { EventEmitter } from 'node:events';

// Google's storage client puts eleven listeners on the stream of a download, and Node warns of more than ten.
EventEmitter.defaultMaxListeners = 20;
