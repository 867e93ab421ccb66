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

    internal void Send(Origin from, NodeAddress to, object message) => transport.Send(from, to, message);

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

    private void Remove(NodeAddress address, JobId job, Extension extension)
    {
        IDisposable? unused = null;
        lock (_gate)
        {
            if (!_lines.TryGetValue(address, out Line? line) || !line.Jobs.TryGetValue(job, out Extension? known) || known != extension) return;
            line.Jobs = line.Jobs.Remove(job);
            if (line.Jobs.IsEmpty)
            {
                unused = line.Registration;
                _lines.Remove(address);
            }
        }

        unused?.Dispose();
    }

    private sealed record Extension(IFederationObserver Observer, Action<Origin, ProtocolMessage> Receive);

    private sealed class Line(NodeAddress address)
    {
        private volatile ImmutableSortedDictionary<JobId, Extension> _jobs = ImmutableSortedDictionary<JobId, Extension>.Empty;

        public ImmutableSortedDictionary<JobId, Extension> Jobs { get => _jobs; set => _jobs = value; }

        public IDisposable? Registration { get; set; }

        public void Receive(Origin from, object message)
        {
            ImmutableSortedDictionary<JobId, Extension> jobs = _jobs;
            if (message is ProtocolMessage known && jobs.TryGetValue(known.Job, out Extension? extension)) extension.Receive(from, known);
            else if (!jobs.IsEmpty) jobs.First().Value.Observer.Refused(address, Refusal(from, message));
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
