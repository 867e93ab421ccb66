using Fed.TestKit.Stores;
using Fed.TestKit.Transport;

namespace Fed.TestKit.Federation;

/// <content>Faults: what breaks, when, and how it ends.</content>
public sealed partial class SimulatedFederation
{
    private readonly SplitMix64 _chaos;   // of its own, so that switching one fault off leaves the ports' choices alone
    private bool _hasFaults = true;

    private void MaybeBreakSomething()
    {
        if (Chaos(_scenario.CrashesPer10K) && Anybody() is { IsUp: true } victim) Crash(victim, ChaosDelay());
        if (Chaos(_scenario.TornWorkPer10K) && Anybody() is { IsUp: true, Identity.IsContended: false } worker) StopInDiskWork(worker);
        if (Chaos(_scenario.PartitionsPer10K)) Isolate(Anybody(), 1 + ChaosBelow(3), ChaosDelay());
        if (Chaos(_scenario.PausesPer10K) && Anybody() is { IsUp: true, IsPaused: false } sleeper) Pause(sleeper, ChaosDelay());
        if (Broker is { } broker) MaybeBreakBroker(broker, _scenario.Broker!);
        if (Chaos(_scenario.ClockJumpsPer10K)) JumpClock(Anybody(), ChaosSigned(_scenario.ClockJumpMax));
    }

    /// <summary>Stops a machine in the middle of what it writes next: in place of one of its changes to the disk, with the others behind or before it.</summary>
    private void StopInDiskWork(SimulatedProcess process)
    {
        int changes = ChaosBelow(8);
        foreach (ISimulatedBlobStore blobs in process.Identity.AllBlobs) blobs.Disk?.ChangesUntilCrash = changes;
    }

    /// <summary>Cuts a process off from the others, in one direction or both, for a time.</summary>
    private void Isolate(SimulatedProcess process, int directions, TimeSpan outage)
    {
        Trace.Line($"{process.Name} is cut off ({directions})");
        process.IsCutOutgoing |= (directions & 1) != 0;
        process.IsCutIncoming |= (directions & 2) != 0;
        Relink(process);
        _simulation.Schedule(outage, () => Heal(process));
    }

    private static void Heal(SimulatedProcess process)
    {
        process.IsCutOutgoing = process.IsCutIncoming = false;
        Relink(process);
    }

    /// <summary>Stops a process as SIGSTOP does; it does not know, and goes on where it was.</summary>
    private void Pause(SimulatedProcess process, TimeSpan length)
    {
        Trace.Line($"{process.Name} is paused");
        process.Pause();
        Relink(process);
        int life = process.Crashes;
        _simulation.Schedule(length, () =>
        {
            if (process.Crashes == life) Wake(process);
        });
    }

    private void Wake(SimulatedProcess process)
    {
        if (!process.IsPaused) return;
        Trace.Line($"{process.Name} wakes");
        process.Wake();
        Relink(process);
    }

    private void JumpClock(SimulatedProcess process, TimeSpan by)
    {
        Trace.Line($"{process.Name}: the clock jumps by {by.Ticks / TimeSpan.TicksPerMillisecond} ms");
        process.JumpClock(by);
    }

    private void StopFaults()
    {
        Trace.Line("faults stop");
        _hasFaults = false;
        _transport.Faults = LinkFaults.None;
        if (Broker is { } broker) broker.Timings = broker.Timings with { WireMax = TimeSpan.Zero };
        foreach (SimulatedProcess process in Processes)
        {
            Heal(process);
            Wake(process);
            SetFaults(process, isOn: false);
        }
    }

    private void SetFaults(SimulatedProcess process, bool isOn)
    {
        process.Identity.Journal.Faults = isOn ? _scenario.Journals : StoreFaults.None;
        StoreFaults disks = isOn ? _scenario.Disks : StoreFaults.None;
        foreach (ISimulatedBlobStore blobs in process.Identity.AllBlobs)
        {
            blobs.Faults = disks;
            blobs.Disk?.ChangesUntilCrash = null;
        }

        process.Bulk.Faults = disks;
        bool isSlow = isOn && process.Identity.Site >= 0 && _scenario.Sites[process.Identity.Site] == SiteBehaviour.Straggler;
        process.Workers.Faults = isSlow ? _scenario.Disks with { DelayMax = _scenario.Timings.RoundDeadline * 2 } : disks;
    }

    private SimulatedProcess Anybody() => Processes[ChaosBelow(Processes.Length)];

    private bool Chaos(int per10K) => per10K > 0 && ChaosBelow(10_000) < per10K;

    private int ChaosBelow(int bound) => (int)Math.BigMul(_chaos.Next(), (ulong)bound, out _);

    private TimeSpan ChaosDelay() => ChaosUp(_scenario.OutageMax);

    private TimeSpan ChaosUp(TimeSpan max) => new((long)Math.BigMul(_chaos.Next(), (ulong)max.Ticks + 1, out _));

    private TimeSpan ChaosSigned(TimeSpan max) => ChaosBelow(2) == 0 ? ChaosUp(max) : -ChaosUp(max);
}
