namespace Fed.Host.Telemetry;

/// <summary>Where a node's metrics and traces go. Each setting is explained in reference.conf.</summary>
/// <param name="Otlp">Address of a collector that takes OTLP over HTTP.</param>
/// <param name="Interval">How often metrics are sent.</param>
internal sealed record TelemetryOptions(Uri Otlp, TimeSpan Interval);
