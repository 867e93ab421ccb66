using System.Diagnostics;
using System.Diagnostics.Metrics;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Cluster.Identity;
using Fed.Host.Cluster;
using Fed.Host.Configuration;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Fed.Host.Telemetry;

/// <summary>
/// A node's metrics and traces, sent to a collector by OTLP. Names, numbers, times and hashes that the journals have anyway; nothing of any site's rows, columns or values. A collector that is away costs nothing but what it would have
/// been told.
/// </summary>
internal sealed class NodeTelemetry : IDisposable
{
    private static readonly TimeSpan FlushMax = TimeSpan.FromSeconds(2);

    private readonly NodeIdentity _node;
    private readonly Meter _meter;
    private readonly ActivitySource _source;
    private readonly MeterProvider _metrics;
    private readonly TracerProvider _traces;
    private readonly Histogram<double> _appends;

    /// <summary>Begins to send.</summary>
    /// <param name="options">Where to.</param>
    /// <param name="node">The node, which names meter and source: several nodes may share a process.</param>
    public NodeTelemetry(TelemetryOptions options, NodeIdentity node)
    {
        _node = node;
        string name = NameOf(node);
        (_meter, _source) = (new Meter(name), new ActivitySource(name));
        Rounds = new RoundInstruments(_meter, _source, node.Federation);
        _appends = _meter.CreateHistogram<double>("fed.journal.append.duration", "s", "From the request until events are durable.");
        ResourceBuilder resource = ResourceBuilder.CreateEmpty().AddService("fed", node.Federation, autoGenerateServiceInstanceId: false, serviceInstanceId: node.Name)
            .AddAttributes([new("fed.role", Kebab.From(node.Role.ToString()))]);
        _metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(name).AddMeter("System.Runtime")
            .AddOtlpExporter((exporter, reader) =>
            {
                To(exporter, options.Otlp, "v1/metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)options.Interval.TotalMilliseconds;
            }).Build();
        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(name).AddOtlpExporter(exporter => To(exporter, options.Otlp, "v1/traces")).Build();
    }

    /// <summary>What follows rounds.</summary>
    public RoundInstruments Rounds { get; }

    /// <summary>Name of a node's meter and source.</summary>
    public static string NameOf(NodeIdentity node) => $"fed.{node.Name}";

    /// <summary>Reads what a node counts anyway whenever metrics are sent.</summary>
    public void Watch(NodeRuntime runtime) => NodeInstruments.Create(_meter, runtime);

    /// <summary>A node's observer that follows the rounds of a job too.</summary>
    public IFederationObserver Observing(JobId job, IFederationObserver inner) => new RoundObserver(job, inner, Rounds, TimeProvider.System);

    /// <summary>A journal whose appends are timed.</summary>
    public IEventJournal Timing(IEventJournal journal) => new TimedJournal(journal, _appends);

    /// <summary>A site's computation whose duration is told.</summary>
    public ILocalComputation Timing(JobId job, ILocalComputation computation) => new TimedComputation(computation, job, new SiloId(_node.Name), Rounds);

    /// <summary>Sends what is left, for a moment at most.</summary>
    public void Dispose()
    {
        _traces.ForceFlush((int)FlushMax.TotalMilliseconds);
        _metrics.ForceFlush((int)FlushMax.TotalMilliseconds);
        _traces.Dispose();
        _metrics.Dispose();
        _meter.Dispose();
        _source.Dispose();
    }

    private static void To(OtlpExporterOptions exporter, Uri collector, string path)
    {
        exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
        exporter.Endpoint = new Uri($"{collector.AbsoluteUri.TrimEnd('/')}/{path}");
        exporter.TimeoutMilliseconds = (int)FlushMax.TotalMilliseconds;
    }
}
