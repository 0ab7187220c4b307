# shellcheck shell=bash
# cluster.sh - a private Slurm of emulated nodes on loopback, below the directory $1; for slurm.test.
#
# Needs Debian's slurm-wlm and munge, but no systemd, no /etc/slurm and no root: every path and port is
# its own. What the lines of the configuration are for: slurm.conf(5).

PATH=$PATH:/usr/sbin:/sbin

cluster_possible() {
    command -v slurmctld >/dev/null && command -v slurmd >/dev/null && command -v munged >/dev/null
}

cluster_config() {
    local root=$1 port=$2 nodes=$3 user
    user=$(id -un)
    cat <<END
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=$port
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$root/munge.sock,cred_expire=5
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation=$root/state
SlurmdSpoolDir=$root/spool.%n
SlurmctldPidFile=$root/slurmctld.pid
SlurmdPidFile=$root/slurmd.%n.pid
SlurmctldLogFile=$root/slurmctld.log
SlurmdLogFile=$root/slurmd.%n.log
PlugStackConfig=$root/plugstack.conf
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1,default_queue_depth=1000
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
JobRequeue=1
RequeueExit=75
ReturnToService=2
SlurmdTimeout=20
KillWait=5
MaxArraySize=1001
MaxJobCount=10000
DefMemPerCPU=50
SlurmdParameters=config_overrides
NodeName=n[1-$nodes] NodeHostname=localhost NodeAddr=127.0.0.1 Port=$((port + 1))-$((port + nodes)) CPUs=4 Boards=1 SocketsPerBoard=1 CoresPerSocket=4 ThreadsPerCore=1 RealMemory=4000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES LLN=YES DefaultTime=60 MaxTime=INFINITE State=UP
END
}

# cluster_up ROOT NODES: sets SLURM_CONF. Fails if the nodes are not there within 20 s.
cluster_up() {
    local root=$1 nodes=$2 port i
    port=$((20000 + $$ % 20000))
    mkdir -p "$root/state"
    : >"$root/plugstack.conf"
    (umask 077 && head -c 1024 /dev/urandom >"$root/munge.key")
    cluster_config "$root" "$port" "$nodes" >"$root/slurm.conf"
    export SLURM_CONF=$root/slurm.conf
    munged --key-file="$root/munge.key" --socket="$root/munge.sock" --pid-file="$root/munged.pid" \
        --log-file="$root/munged.log" --seed-file="$root/munged.seed" || return 1
    slurmctld -f "$SLURM_CONF" || return 1
    for i in $(seq "$nodes"); do
        mkdir -p "$root/spool.n$i"
        slurmd -f "$SLURM_CONF" -N "n$i" || return 1
    done
    for i in $(seq 200); do
        [ "$(sinfo -h -N -t idle -o %N 2>/dev/null | wc -l)" = "$nodes" ] && return 0
        sleep 0.1
    done
    return 1
}

# cluster_wait JOB...: until the queue has none of them, at most five minutes.
cluster_wait() {
    local jobs i
    jobs=$(IFS=,; echo "$*")
    for i in $(seq 1500); do
        [ -z "$(squeue -h -j "$jobs" 2>/dev/null)" ] && return 0
        sleep 0.2
    done
    return 1
}

cluster_down() {
    local root=$1 file pid i
    [ -e "$root/slurm.conf" ] || return 0
    scancel -u "$(id -un)" 2>/dev/null
    sleep 0.5
    for file in "$root"/slurmd.*.pid "$root/slurmctld.pid" "$root/munged.pid"; do
        [ -s "$file" ] || continue
        pid=$(cat "$file")
        kill "$pid" 2>/dev/null
        for i in $(seq 50); do
            case $(ps -o stat= -p "$pid" 2>/dev/null) in '' | Z*) break ;; esac
            sleep 0.1
        done
    done
}
