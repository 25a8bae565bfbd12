// SPDX-License-Identifier: MPL-2.0
// The deposit form, made better: each chosen file goes up at once by tus, can be paused and resumed, and its SHA-256 counted
// here is compared with the server's. Without this script the form sends its files itself and nothing is lost.
//
// The page gives: <form data-depot data-brouillon="7" data-jeton="…" data-televersement="/televersement/" data-piece="8388608"
// data-empreinte="/statique/…/empreinte.js">, one <input type="file" data-fichiers>, <div data-liste> (the server's list of files),
// <p data-annonce aria-live="polite">, <aside data-lecteurs> (who will see it), <template data-envoi> (a row being sent: [data-nom],
// progress, [data-suivi], button[data-pause], button[data-retirer], each with a [data-de] for the file's name).
import { Upload } from 'tus-js-client';

const DELAYS = [0, 3000, 10000, 30000, 60000];
const AT_ONCE = 3; // 200 files chosen together take turns: the server has few seats, and a line of its own for each would time out
const form = document.querySelector('form[data-depot]');
if (form) start(form);

function start(form) {
  const input = form.querySelector('input[data-fichiers]');
  const list = form.querySelector('[data-liste]');
  const readers = form.querySelector('[data-lecteurs]');
  const sending = form.querySelector('[data-envois]');
  const announce = form.querySelector('[data-annonce]');
  const template = form.querySelector('template[data-envoi]');
  const known = new Map(); // upload id -> sha256 counted here
  const queue = []; // what waits for its turn
  let running = 0;
  let announcing = null; // whose number in the deposit is being asked: one at a time, in the order in which files were chosen

  input.addEventListener('change', () => {
    for (const file of input.files) send(file);
    input.value = '';
  });
  // A file that is let go beside the zone would open in place of this page.
  window.addEventListener('dragover', (event) => event.preventDefault());
  window.addEventListener('drop', (event) => {
    event.preventDefault();
    for (const item of event.dataTransfer.items) {
      const entry = item.webkitGetAsEntry && item.webkitGetAsEntry();
      const file = item.getAsFile();
      if (entry && entry.isDirectory) say(`${entry.name} : un dossier de votre ordinateur ne s’envoie pas. Ouvrez-le, puis choisissez ses fichiers.`, true);
      else if (file) send(file);
    }
  });
  window.addEventListener('beforeunload', (event) => {
    if (running + queue.length > 0) event.preventDefault();
  });

  function say(text, isShown) {
    announce.textContent = text;
    announce.classList.toggle('invisible', !isShown);
  }

  // The upload of the same file that was interrupted, here or in another browser: its address is in the server's list.
  function interrupted(file) {
    for (const row of list.querySelectorAll('[data-envoi-id]')) {
      if (row.dataset.nom === file.name.normalize('NFC') && Number(row.dataset.taille) === file.size) return row.dataset.envoiId;
    }
    return null;
  }

  function fill() {
    while (!announcing && running < AT_ONCE && queue.length > 0) queue.shift()();
  }

  function send(file) {
    const row = template.content.firstElementChild.cloneNode(true);
    const bar = row.querySelector('progress');
    const note = row.querySelector('[data-suivi]');
    const pause = row.querySelector('button[data-pause]');
    const drop = row.querySelector('button[data-retirer]');
    let state = 'new'; // then waiting, running, paused, over
    let marks = [25, 50, 75, 100];
    let upload = null;
    let digest = null;
    let began = 0;
    row.querySelector('[data-nom]').textContent = file.name;
    for (const button of [pause, drop]) button.querySelector('[data-de]').textContent = ` ${file.name}`;
    bar.setAttribute('aria-label', `Envoi de ${file.name}`);
    sending.append(row);

    function become(next) {
      if (state === 'running') running -= 1;
      if (announcing === go && next !== 'running') announcing = null;
      if (state === 'waiting' && queue.includes(go)) queue.splice(queue.indexOf(go), 1);
      state = next;
      if (state === 'running') running += 1;
      pause.querySelector('[data-mot]').textContent = state === 'paused' ? 'Reprendre' : 'Pause';
      bar.classList.toggle('arret', state === 'paused' || state === 'over');
      fill();
    }

    function wait() {
      become('waiting');
      note.textContent = 'Attend son tour.';
      queue.push(go);
      fill();
    }

    function go() {
      upload = upload || prepare();
      digest = digest || count(file);
      began = began || Date.now();
      if (!upload.url && !upload.options.uploadUrl) announcing = go;
      become('running');
      upload.start();
    }

    function prepare() {
      const resume = interrupted(file);
      return new Upload(file, {
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
        onUploadUrlAvailable: () => {
          if (announcing === go) announcing = null;
          fill();
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
          const response = error.originalResponse;
          const reason = response && response.getStatus() < 500 ? response.getBody() : '';
          note.textContent = reason || `Interrompu à ${bar.value} %. Rien n’est perdu.`;
          say(`${file.name} : ${note.textContent}`);
          if (reason) pause.remove();
          become(reason ? 'over' : 'paused');
        },
        onSuccess: async () => {
          known.set(upload.url.split('/').pop(), await digest);
          row.remove();
          say(`${file.name} : reçu`);
          become('over');
          watch();
        },
      });
    }

    pause.addEventListener('click', () => {
      if (state === 'paused') {
        wait();
        return;
      }
      if (upload) upload.abort();
      become('paused');
      note.textContent = `En pause à ${bar.value} %. Rien n’est perdu.`;
    });
    drop.addEventListener('click', () => {
      if (upload) upload.abort(true).catch(() => {});
      become('over');
      row.remove();
      say(`${file.name} : retiré`);
    });
    wait();
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

  // What the server says takes the place of what was there; what the person has typed, ticked or is standing on stays.
  function swap(place, nodes) {
    const here = document.activeElement;
    const typed = [...place.querySelectorAll('input[id], select[id]')].map((field) => [field.id, field.value, field.checked]);
    const mark = here && place.contains(here) ? [here.id, here.name, here.value, here.selectionStart, here.selectionEnd] : null;
    place.replaceChildren(...nodes);
    for (const [id, value, isTicked] of typed) {
      const field = place.ownerDocument.getElementById(id);
      if (!field) continue;
      if (field.type === 'checkbox') field.checked = isTicked;
      else if (field.tagName !== 'SELECT' || [...field.options].some((option) => option.value === value)) field.value = value;
    }
    if (!mark) return;
    const [id, name, value, from, to] = mark;
    const same = id ? document.getElementById(id) : [...place.querySelectorAll('button')].find((b) => b.name === name && b.value === value);
    if (same) same.focus({ preventScroll: true });
    if (same && typeof from === 'number') same.setSelectionRange(from, to);
  }

  const OUT = 'Vous avez été déconnecté. Ce que vous avez tapé reste dans cet onglet, et vos fichiers reçus sont gardés : rechargez cette page pour vous reconnecter.';
  const CROSSED = 'Ce brouillon a aussi changé dans un autre onglet. Ce qui est écrit ici le remplacera quand vous continuerez : relisez avant de déposer.';

  async function fetched(address, options) {
    const answer = await fetch(address, options);
    if (new URL(answer.url).pathname.startsWith('/connexion')) {
      say(OUT, true);
      return null;
    }
    if (new URL(answer.url).searchParams.get('fait') === 'onglet') say(CROSSED, true);
    return answer.ok ? new DOMParser().parseFromString(await answer.text(), 'text/html') : null;
  }

  // The list comes from the same address as a fragment; again while a file waits for its check, at most two minutes.
  let watching = false;
  let asked = false; // something was received while an answer was on its way: that answer may not have it
  async function watch() {
    asked = true;
    if (watching) return;
    watching = true;
    try {
      for (let turn = 0; turn < 120 && (asked || list.querySelector('[data-attente]')); turn += 1) {
        if (turn > 0) await new Promise((done) => setTimeout(done, 1000));
        asked = false;
        const page = await fetched(window.location.pathname, { headers: { Accept: 'text/vnd.fragment+html' } });
        if (!page) break;
        swap(list, page.body.childNodes);
        compare();
      }
    } catch {
      // the next file, or the person, asks again
    }
    watching = false;
  }

  // What is chosen decides what is asked of each file and who will read it: the form is kept as "Mettre à jour cette liste" does,
  // and both are shown anew. Whatever goes wrong, the button is still there.
  let saving = null;
  let changed = false;
  async function save() {
    changed = true;
    if (saving) return;
    saving = new AbortController();
    try {
      while (changed) {
        changed = false;
        const body = new FormData(form);
        body.append('action', 'apercu');
        body.append('fond', 'oui');
        const page = await fetched(form.getAttribute('action'), { method: 'POST', body, signal: saving.signal });
        const fresh = page && page.querySelector('form[data-depot]');
        if (!fresh) break;
        swap(list, fresh.querySelector('[data-liste]').childNodes);
        swap(readers, fresh.querySelector('[data-lecteurs]').childNodes);
        compare();
        settle(fresh);
      }
    } catch {
      changed = false;
    }
    saving = null;
  }
  form.addEventListener('change', (event) => {
    if (event.target !== input) save();
  });

  // What is typed and not received yet stays in this tab, beside what the server had in its place: a session that ends loses nothing, and
  // what was changed elsewhere in the meantime is not undone.
  const slot = `brouillon-${form.dataset.brouillon}`;
  const fields = (root) => [...root.querySelectorAll('input[name], select[name]')].filter((f) => f.type !== 'hidden' && f.type !== 'file');
  const nameOf = (field) => field.id || `${field.name} ${field.value}`;
  const isChoice = (field) => field.type === 'radio' || field.type === 'checkbox';
  const valueOf = (field) => (isChoice(field) ? field.checked : field.value);
  const givenOf = (field) => {
    if (isChoice(field)) return field.defaultChecked;
    const chosen = field.options && ([...field.options].find((option) => option.defaultSelected) || field.options[0]);
    return field.options ? chosen && chosen.value : field.defaultValue;
  };

  function remember() {
    const typed = fields(form).filter((f) => valueOf(f) !== givenOf(f)).map((f) => [nameOf(f), givenOf(f), valueOf(f)]);
    try {
      if (typed.length > 0) sessionStorage.setItem(slot, JSON.stringify(typed));
      else sessionStorage.removeItem(slot);
    } catch {
      // a browser that keeps nothing: the draft on the server is what there is
    }
  }

  // What the server has received is its own from now on.
  function settle(fresh) {
    form.elements.lu.value = fresh.elements.lu.value;
    const known = new Map(fields(fresh).map((f) => [nameOf(f), f]));
    for (const field of fields(form)) {
      const same = known.get(nameOf(field));
      if (!same) continue;
      if (isChoice(field)) field.defaultChecked = same.defaultChecked;
      else if (field.options) for (const option of field.options) option.defaultSelected = option.value === givenOf(same);
      else field.defaultValue = same.defaultValue;
    }
    remember();
  }

  function recall() {
    let typed = [];
    try {
      typed = JSON.parse(sessionStorage.getItem(slot)) || [];
    } catch {
      return;
    }
    let isBack = false;
    for (const [id, before, after] of typed) {
      const field = fields(form).find((f) => nameOf(f) === id);
      if (!field || givenOf(field) !== before || valueOf(field) === after) continue;
      if (isChoice(field)) field.checked = after;
      else field.value = after;
      isBack = true;
    }
    if (isBack) {
      say('Ce que vous aviez tapé et qui n’avait pas été enregistré est revenu.', true);
      save();
    }
  }
  form.addEventListener('input', remember);
  form.addEventListener('submit', (event) => {
    if (saving) saving.abort();
    if (event.submitter && event.submitter.value === 'jeter') sessionStorage.removeItem(slot);
  });

  function compare() {
    for (const row of list.querySelectorAll('[data-recu-id]')) {
      const here = known.get(row.dataset.recuId);
      const word = row.querySelector('[data-verifie]');
      if (!here || !word) continue;
      word.textContent = here === row.dataset.sha256 ? 'Reçu, empreinte vérifiée' : 'Reçu, mais l’empreinte diffère : retirez ce fichier et recommencez';
    }
  }

  recall();
  if (list.querySelector('[data-attente]')) watch();
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
