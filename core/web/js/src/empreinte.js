// SPDX-License-Identifier: MPL-2.0
// A worker that counts the SHA-256 of a file by pieces, so that the page can compare it with the server's.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

const PIECE = 4 * 1024 * 1024;

self.addEventListener('message', async (event) => {
  const file = event.data;
  try {
    const hash = sha256.create();
    for (let at = 0; at < file.size; at += PIECE) {
      hash.update(new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer()));
    }
    self.postMessage({ sha256: bytesToHex(hash.digest()) });
  } catch {
    self.postMessage({ sha256: '' });
  }
});
