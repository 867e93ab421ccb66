namespace Fed.Host.Traffic;

/// <summary>Bytes between one site and the servers in one phase of one round.</summary>
/// <param name="Round">From 1; 0 for what comes before the first round.</param>
/// <param name="Phase">As <see cref="MessageFacts"/> names it.</param>
/// <param name="Site">The site.</param>
/// <param name="Up">From the site.</param>
/// <param name="Down">To the site.</param>
internal sealed record TrafficCount(int Round, string Phase, string Site, long Up, long Down);
