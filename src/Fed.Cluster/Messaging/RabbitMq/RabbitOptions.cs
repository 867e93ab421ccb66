using System.Security.Cryptography.X509Certificates;

namespace Fed.Cluster.Messaging.RabbitMq;

/// <summary>How a node reaches its federation's broker.</summary>
public sealed record RabbitOptions
{
    /// <summary>The broker's machine.</summary>
    public required string Host { get; init; }

    /// <summary>Its port.</summary>
    public required int Port { get; init; }

    /// <summary>Password of the node's user, whose name is the node's.</summary>
    public required string Password { get; init; }

    /// <summary>The CA that must have certified the broker for the name <see cref="Host"/>, and no other has a say; null for no TLS.</summary>
    public X509Certificate2? Authority { get; init; }

    /// <summary>The proxy on the way there; null for none.</summary>
    public HttpProxy? Proxy { get; init; }

    /// <summary>A connection that is silent for twice as long is taken for lost; firewalls that cut idle connections see traffic this often.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time for a connection to be made, and for the broker to answer.</summary>
    public TimeSpan AnswerLimit { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Wait before what was lost is opened again; doubles up to <see cref="RetryMax"/>.</summary>
    public TimeSpan RetryMin { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait between two tries.</summary>
    public TimeSpan RetryMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Control messages on their way to the broker that it has not confirmed yet.</summary>
    public int Window { get; init; } = 64;

    /// <summary>Control messages on their way from the broker that are not acknowledged yet.</summary>
    public ushort Prefetch { get; init; } = 128;

    /// <summary>Control messages that may wait for a connection; one more is dropped, as on a wire, and counted: peers repeat what is not answered.</summary>
    public int WaitingMax { get; init; } = 10_000;

    /// <inheritdoc/>
    public override string ToString() => Proxy is null ? $"{Host}:{Port}" : $"{Host}:{Port} by the proxy {Proxy}";   // without the password
}
