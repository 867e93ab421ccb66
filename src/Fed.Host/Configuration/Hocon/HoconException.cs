namespace Fed.Host.Configuration.Hocon;

/// <summary>A configuration that cannot be read or does not make sense; the message starts with the place.</summary>
internal sealed class HoconException(HoconOrigin origin, string sentence) : UserException($"{origin}: {sentence}")
{
    /// <summary>The place at fault.</summary>
    public HoconOrigin Origin { get; } = origin;
}
