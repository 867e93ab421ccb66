namespace Fed.Learning.Files;

/// <summary>Sizes of element types, and the .NET type of each.</summary>
public static class TensorTypes
{
    extension(TensorType type)
    {
        /// <summary>Bytes of one element: 1, 2, 4 or 8.</summary>
        public int ElementBytes => type switch
        {
            TensorType.F64 or TensorType.I64 or TensorType.U64 => 8,
            TensorType.F32 or TensorType.I32 or TensorType.U32 => 4,
            TensorType.F16 or TensorType.BF16 or TensorType.I16 or TensorType.U16 => 2,
            _ => 1,
        };

        /// <summary>The type that holds <typeparamref name="T"/> exactly.</summary>
        /// <typeparam name="T"><c>double</c>, <c>float</c>, <c>Half</c>, <c>bool</c> or an integer of 8 to 64 bits.</typeparam>
        /// <exception cref="NotSupportedException">Another type.</exception>
        public static TensorType Of<T>() where T : unmanaged => default(T) switch
        {
            double => TensorType.F64,
            float => TensorType.F32,
            Half => TensorType.F16,
            long => TensorType.I64,
            int => TensorType.I32,
            short => TensorType.I16,
            sbyte => TensorType.I8,
            ulong => TensorType.U64,
            uint => TensorType.U32,
            ushort => TensorType.U16,
            byte => TensorType.U8,
            bool => TensorType.BOOL,
            _ => throw new NotSupportedException($"safetensors has no type for {typeof(T).Name}"),
        };
    }
}
