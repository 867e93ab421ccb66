namespace Fed.Trainer.Wire;

/// <summary>What a frame carries.</summary>
internal enum FrameKind : byte
{
    /// <summary>One message, as a JSON object in UTF-8.</summary>
    Control = 1,

    /// <summary>A safetensors file; always behind the message that announces it.</summary>
    Tensors = 2,
}

/// <summary>One frame: length of the payload (4 bytes, little-endian), kind (1 byte), payload.</summary>
/// <param name="Kind">What it carries.</param>
/// <param name="Payload">The bytes behind the header.</param>
internal readonly record struct Frame(FrameKind Kind, ReadOnlyMemory<byte> Payload)
{
    /// <summary>Bytes before the payload.</summary>
    public const int HeaderBytes = 5;

    /// <summary>A longer message is refused unread; the longest in use lists a model's tensors or a site's columns.</summary>
    public const int ControlBytesMax = 1 << 20;

    /// <summary>The longest payload of tensors that both sides can hold in one piece.</summary>
    public const int TensorBytesMax = 0x7FFF_0000;
}

/// <summary>What was read breaks the protocol; the message is a clause that says what it was.</summary>
public sealed class FrameException(string message, Exception? inner = null) : Exception(message, inner);
