#!/bin/bash
# Two hosts as network namespaces of this machine, one Dask scheduler and a worker in each, over one shared folder:
#   sudo tools/two_hosts.sh start FOLDER     writes the scheduler's address and the processes' ids into FOLDER
#   python -m tools.bench engine --engine processes tcp://10.77.0.1:8786 --folder FOLDER --kill 5 --json
#   sudo tools/two_hosts.sh stop FOLDER
# The client runs in the first host's namespace: `sudo ip netns exec hostA …`, or in this machine's own, which has an address in the bridge.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd) python=${PYTHON:-python}
address=tcp://10.77.0.1:8786 folder=$(realpath "$2")

start() {
    ip link add bridge77 type bridge
    ip addr add 10.77.0.254/24 dev bridge77
    ip link set bridge77 up
    for host in 1 2; do
        ip netns add "host$host"
        ip link add "veth$host" type veth peer name eth0 netns "host$host"
        ip link set "veth$host" master bridge77 up
        ip -n "host$host" addr add "10.77.0.$host/24" dev eth0
        ip -n "host$host" link set eth0 up
        ip -n "host$host" link set lo up
    done
    run 1 scheduler --host 10.77.0.1 --port 8786 --no-dashboard
    sleep 3
    for host in 1 2; do run "$host" worker "$address" --nthreads 1 --memory-limit 0 --no-dashboard --host "10.77.0.$host" --name "host$host"; done
}

run() { # HOST, then a Dask command
    local host=$1
    shift
    cd "$here"
    PYTHONPATH=$here DASK_TEMPORARY_DIRECTORY=$folder setsid ip netns exec "host$host" "$python" -m dask "$@" >"$folder/host$host-$1.log" 2>&1 &
    echo $! >>"$folder/pids"
}

stop() {
    while read -r pid; do kill "$pid" 2>/dev/null || true; done <"$folder/pids"
    for host in 1 2; do ip netns del "host$host"; done
    ip link del bridge77
    rm -f "$folder/pids"
}

"$1"
