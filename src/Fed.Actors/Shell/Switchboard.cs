using Fed.Actors.Ports;
using Fed.Actors.Protocol;

namespace Fed.Actors.Shell;

/// <summary>
/// A process's place on the transport: several jobs share one address there, and what comes in is handed to the node of its job. A message of a job that has no node here, or of an
/// unknown type, is refused and counted. Thread-safe.
/// </summary>
/// <param name="transport">Carries the messages.</param>
public sealed class Switchboard(ITransport transport)
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<NodeAddress, Line> _lines = [];

    /// <summary>Sends a message for an address of this process.</summary>
    public void Send(Origin from, NodeAddress to, object message) => transport.Send(from, to, message);

    /// <summary>Puts a job's node on an address, until the result is disposed. The first node takes the address on the transport and the last one gives it up.</summary>
    /// <param name="address">The node's address.</param>
    /// <param name="job">Its job; the last connection of a job counts.</param>
    /// <param name="observer">Hears of refusals.</param>
    /// <param name="receive">Called on any thread.</param>
    internal IDisposable Connect(NodeAddress address, JobId job, IFederationObserver observer, Action<Origin, ProtocolMessage> receive)
    {
        Extension extension = new(observer, receive);
        lock (_gate)
        {
            if (!_lines.TryGetValue(address, out Line? line)) _lines[address] = line = new Line(address);
            line.Jobs = line.Jobs.SetItem(job, extension);
            line.Registration ??= transport.Register(address, line.Receive);
        }

        return new Disconnect(() => Remove(address, job, extension));
    }

    /// <summary>
    /// Takes an address for messages of jobs that have no node here, until the result is disposed. Whoever attends may start a node and answer true: the message is handed to it then. Answered false, it is refused and counted.
    /// </summary>
    /// <param name="address">The address.</param>
    /// <param name="observer">Hears of refusals.</param>
    /// <param name="stranger">Called on any thread; must not wait for work.</param>
    public IDisposable Attend(NodeAddress address, IFederationObserver observer, Func<Origin, ProtocolMessage, bool> stranger)
    {
        Attendant attendant = new(observer, stranger);
        lock (_gate)
        {
            if (!_lines.TryGetValue(address, out Line? line)) _lines[address] = line = new Line(address);
            line.Attendant = attendant;
            line.Registration ??= transport.Register(address, line.Receive);
        }

        return new Disconnect(() => Leave(address, attendant));
    }

    private void Leave(NodeAddress address, Attendant attendant)
    {
        IDisposable? unused;
        lock (_gate)
        {
            if (!_lines.TryGetValue(address, out Line? line) || line.Attendant != attendant) return;
            line.Attendant = null;
            unused = GiveUpIfUnused(address, line);
        }

        unused?.Dispose();
    }

    private IDisposable? GiveUpIfUnused(NodeAddress address, Line line)
    {
        if (!line.Jobs.IsEmpty || line.Attendant is not null) return null;
        _lines.Remove(address);
        return line.Registration;
    }

    private void Remove(NodeAddress address, JobId job, Extension extension)
    {
        IDisposable? unused;
        lock (_gate)
        {
            if (!_lines.TryGetValue(address, out Line? line) || !line.Jobs.TryGetValue(job, out Extension? known) || known != extension) return;
            line.Jobs = line.Jobs.Remove(job);
            unused = GiveUpIfUnused(address, line);
        }

        unused?.Dispose();
    }

    private sealed record Extension(IFederationObserver Observer, Action<Origin, ProtocolMessage> Receive);

    private sealed record Attendant(IFederationObserver Observer, Func<Origin, ProtocolMessage, bool> Stranger);

    private sealed class Line(NodeAddress address)
    {
        private volatile Attendant? _attendant;
        private volatile ImmutableSortedDictionary<JobId, Extension> _jobs = ImmutableSortedDictionary<JobId, Extension>.Empty;

        public ImmutableSortedDictionary<JobId, Extension> Jobs { get => _jobs; set => _jobs = value; }

        public Attendant? Attendant { get => _attendant; set => _attendant = value; }

        public IDisposable? Registration { get; set; }

        public void Receive(Origin from, object message)
        {
            if (Deliver(from, message)) return;
            Attendant? attendant = _attendant;
            if (attendant is not null && message is ProtocolMessage strange && attendant.Stranger(from, strange))
            {
                Deliver(from, message);
                return;
            }

            ImmutableSortedDictionary<JobId, Extension> jobs = _jobs;
            IFederationObserver? observer = attendant?.Observer ?? (jobs.IsEmpty ? null : jobs.First().Value.Observer);
            observer?.Refused(address, Refusal(from, message));
        }

        private bool Deliver(Origin from, object message)
        {
            if (message is not ProtocolMessage known || !_jobs.TryGetValue(known.Job, out Extension? extension)) return false;
            extension.Receive(from, known);
            return true;
        }

        private static string Refusal(Origin from, object message) =>
            message is ProtocolMessage known ? $"a message of job '{known.Job}' from {from}, of which nothing is known here" : $"a message of unknown type from {from}";
    }

    private sealed class Disconnect(Action undo) : IDisposable
    {
        private Action? _undo = undo;

        public void Dispose() => Interlocked.Exchange(ref _undo, null)?.Invoke();
    }
}
