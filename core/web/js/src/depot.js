// SPDX-License-Identifier: MPL-2.0
// The deposit form, made better: each chosen file goes up at once by tus, can be paused and resumed, and its SHA-256 counted
// here is compared with the server's. Without this script the form sends its files itself and nothing is lost.
//
// The page gives: <form data-depot data-brouillon="7" data-jeton="…" data-televersement="/televersement/" data-piece="8388608"
// data-empreinte="/statique/…/empreinte.js">, one <input type="file" data-fichiers>, <div data-liste> (the server's list of files),
// <p data-annonce aria-live="polite">, <template data-envoi> (a row being sent: [data-nom], progress, [data-suivi],
// button[data-pause], button[data-retirer]).
import { Upload } from 'tus-js-client';

const DELAYS = [0, 3000, 10000, 30000, 60000];
const form = document.querySelector('form[data-depot]');
if (form) start(form);

function start(form) {
  const input = form.querySelector('input[data-fichiers]');
  const list = form.querySelector('[data-liste]');
  const sending = form.querySelector('[data-envois]');
  const announce = form.querySelector('[data-annonce]');
  const template = form.querySelector('template[data-envoi]');
  const zone = form.querySelector('[data-zone]');
  const known = new Map(); // upload id -> sha256 counted here
  let active = 0;

  input.addEventListener('change', () => {
    for (const file of input.files) send(file);
    input.value = '';
  });
  if (zone) {
    zone.addEventListener('dragover', (event) => event.preventDefault());
    zone.addEventListener('drop', (event) => {
      event.preventDefault();
      for (const file of event.dataTransfer.files) send(file);
    });
  }
  window.addEventListener('beforeunload', (event) => {
    if (active > 0) event.preventDefault();
  });
  compare();
  if (list.querySelector('[data-attente]')) watch();

  function say(text) {
    announce.textContent = text;
  }

  // The upload of the same file that was interrupted, here or in another browser: its address is in the server's list.
  function interrupted(file) {
    for (const row of list.querySelectorAll('[data-envoi-id]')) {
      if (row.dataset.nom === file.name.normalize('NFC') && Number(row.dataset.taille) === file.size) return row.dataset.envoiId;
    }
    return null;
  }

  function send(file) {
    const row = template.content.firstElementChild.cloneNode(true);
    const bar = row.querySelector('progress');
    const note = row.querySelector('[data-suivi]');
    const pause = row.querySelector('button[data-pause]');
    const drop = row.querySelector('button[data-retirer]');
    let paused = false;
    let marks = [25, 50, 75, 100];
    const began = Date.now();
    row.querySelector('[data-nom]').textContent = file.name;
    bar.setAttribute('aria-label', `Envoi de ${file.name}`);
    sending.append(row);
    active += 1;
    const digest = count(file);
    const resume = interrupted(file);

    const upload = new Upload(file, {
      endpoint: form.dataset.televersement,
      uploadUrl: resume ? `${form.dataset.televersement}${resume}` : undefined,
      chunkSize: Number(form.dataset.piece),
      retryDelays: DELAYS,
      storeFingerprintForResuming: false,
      removeFingerprintOnSuccess: true,
      metadata: { brouillon: form.dataset.brouillon, nom: file.name },
      headers: { 'X-CSRF-Token': form.dataset.jeton },
      onShouldRetry: (error) => {
        const status = error.originalResponse ? error.originalResponse.getStatus() : 0;
        return status === 0 || status >= 500 || status === 409 || status === 423;
      },
      onProgress: (sent, total) => {
        const share = total > 0 ? Math.floor((100 * sent) / total) : 100;
        bar.value = share;
        bar.textContent = `${share} %`;
        note.textContent = `${share} %, ${size(sent)} sur ${size(total)}.${left(began, sent, total)}`;
        if (marks.length > 0 && share >= marks[0]) {
          say(`${file.name} : ${marks[0]} %`);
          marks = marks.filter((mark) => mark > share);
        }
      },
      onError: (error) => {
        active -= 1;
        bar.classList.add('arret');
        const response = error.originalResponse;
        const reason = response && response.getStatus() < 500 ? response.getBody() : '';
        note.textContent = reason || `Interrompu à ${bar.value} %. Rien n’est perdu.`;
        say(`${file.name} : ${note.textContent}`);
        if (reason) {
          pause.remove();
        } else {
          paused = true;
          label('Reprendre');
        }
      },
      onSuccess: async () => {
        active -= 1;
        const id = upload.url.split('/').pop();
        known.set(id, await digest);
        row.remove();
        say(`${file.name} : reçu`);
        watch();
      },
    });

    function label(word) {
      pause.querySelector('[data-mot]').textContent = word;
    }
    pause.addEventListener('click', () => {
      paused = !paused;
      if (paused) {
        upload.abort();
        active -= 1;
        bar.classList.add('arret');
        note.textContent = `En pause à ${bar.value} %. Rien n’est perdu.`;
      } else {
        bar.classList.remove('arret');
        active += 1;
        upload.start();
      }
      label(paused ? 'Reprendre' : 'Pause');
    });
    drop.addEventListener('click', () => {
      if (!paused) active -= 1;
      upload.abort(true).catch(() => {});
      row.remove();
      say(`${file.name} : retiré`);
    });
    upload.start();
  }

  function count(file) {
    return new Promise((resolve) => {
      let worker;
      try {
        worker = new Worker(form.dataset.empreinte, { type: 'module' });
      } catch {
        resolve('');
        return;
      }
      worker.addEventListener('message', (event) => {
        worker.terminate();
        resolve(event.data.sha256);
      });
      worker.addEventListener('error', () => resolve(''));
      worker.postMessage(file);
    });
  }

  // The list comes from the same address as a fragment; again while a file waits for its check, at most two minutes.
  let watching = false;
  async function watch() {
    if (watching) return;
    watching = true;
    for (let turn = 0; turn < 120; turn += 1) {
      let answer;
      try {
        answer = await fetch(window.location.pathname, { headers: { Accept: 'text/vnd.fragment+html' } });
      } catch {
        break;
      }
      if (!answer.ok) break;
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      list.replaceChildren(...page.body.childNodes);
      compare();
      if (!list.querySelector('[data-attente]')) break;
      await new Promise((done) => setTimeout(done, 1000));
    }
    watching = false;
  }

  function compare() {
    for (const row of list.querySelectorAll('[data-recu-id]')) {
      const here = known.get(row.dataset.recuId);
      const word = row.querySelector('[data-verifie]');
      if (!here || !word) continue;
      word.textContent = here === row.dataset.sha256 ? 'Reçu, empreinte vérifiée' : 'Reçu, mais l’empreinte diffère : retirez ce fichier et recommencez';
    }
  }
}

function size(bytes) {
  const units = ['o', 'Ko', 'Mo', 'Go'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 10 ? 1 : 0;
  return `${value.toFixed(digits).replace('.', ',')}\u00a0${units[unit]}`;
}

function left(began, sent, total) {
  const spent = Date.now() - began;
  if (spent < 3000 || sent === 0 || sent >= total) return '';
  const seconds = Math.ceil(((total - sent) * spent) / sent / 1000);
  return seconds < 90 ? ` Encore ${seconds} s environ.` : ` Encore ${Math.ceil(seconds / 60)} min environ.`;
}
