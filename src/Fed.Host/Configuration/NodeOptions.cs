using System.Collections.Immutable;
using Fed.Cluster.Identity;
using Fed.Host.Telemetry;
using Fed.Host.Trainers;

namespace Fed.Host.Configuration;

/// <summary>The <c>node</c> block: the process that runs the actors. Each setting is explained in reference.conf.</summary>
/// <param name="DataDirectory">Null when the configuration names none.</param>
/// <param name="LogLevel">The least level that is written.</param>
/// <param name="MailboxCapacity">Messages that wait for an actor.</param>
/// <param name="StashCapacity">Messages that an actor may put aside.</param>
/// <param name="ShutdownLimit">What an orderly shutdown may take.</param>
internal sealed record NodeOptions(string? DataDirectory, LogLevelChoice LogLevel, int MailboxCapacity, int StashCapacity, TimeSpan ShutdownLimit)
{
    /// <summary>How this site starts trainers, by id.</summary>
    public ImmutableSortedDictionary<string, TrainerOptions> Trainers { get; init; } = ImmutableSortedDictionary.Create<string, TrainerOptions>(StringComparer.Ordinal);

    /// <summary>The node of a federation on several machines.</summary>
    public required MemberOptions Member { get; init; }
}

/// <summary>What a node of a federation on several machines is, and where its servers are.</summary>
/// <param name="Name">As in its certificates; null where the file is of no such node.</param>
/// <param name="Role">As in its certificates.</param>
/// <param name="Kit">Folder of keys and certificates; null for that of the configuration file.</param>
/// <param name="HealthPort">On 127.0.0.1; 0 for a free one.</param>
/// <param name="Lease">How long nobody leads at most where a leader falls silent.</param>
/// <param name="Broker">Where messages go.</param>
/// <param name="Journal">Where the database is.</param>
internal sealed record MemberOptions(string? Name, NodeRole? Role, string? Kit, int HealthPort, TimeSpan Lease, ServerAddress Broker, ServerAddress Journal)
{
    /// <summary>How long a leader that says nothing still counts, by the database's clock. What is left of <see cref="Lease"/> is for the recovery of the next one.</summary>
    public TimeSpan Silence => Lease / 2;

    /// <summary>Jobs that a leading coordinator runs at once; others wait.</summary>
    public required int JobsAtOnce { get; init; }

    /// <summary>The database's name.</summary>
    public required string Database { get; init; }

    /// <summary>The proxy on the way to the broker; null for none.</summary>
    public ProxyAddress? Proxy { get; init; }

    /// <summary>The site's own policy; null for none, and then no job passes.</summary>
    public string? Policy { get; init; }

    /// <summary>Of an aggregator: the part whose uploads it sums, from 1; null for the aggregator proper.</summary>
    public int? Part { get; init; }

    /// <summary>File with the password there; null for the kit's.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>The node's role there.</summary>
    public required string DatabaseUser { get; init; }

    /// <summary>Where metrics and traces go; null for nowhere.</summary>
    public TelemetryOptions? Telemetry { get; init; }
}

/// <summary>A server that a node uses.</summary>
/// <param name="Host">Name or address; null where it is not set.</param>
/// <param name="Port">Its port.</param>
/// <param name="Tls">Whether with TLS.</param>
internal sealed record ServerAddress(string? Host, int Port, bool Tls);

/// <summary>An HTTP proxy.</summary>
/// <param name="Host">Name or address.</param>
/// <param name="Port">Its port.</param>
/// <param name="User">Who the node is there; null where it asks nobody.</param>
/// <param name="PasswordFile">File with the password; null with no user.</param>
internal sealed record ProxyAddress(string Host, int Port, string? User, string? PasswordFile);

internal enum LogLevelChoice
{
    Debug,
    Information,
    Warning,
    Error,
}
